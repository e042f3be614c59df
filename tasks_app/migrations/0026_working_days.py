"""Calendars of working days, rules beside schedules, and the moment that a moved run stands for."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        ('tasks_app', '0025_items_that_a_click_writes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Calendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changed_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False, verbose_name='changed')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('region', models.CharField(blank=True, max_length=10, verbose_name='region')),
                ('weekend', models.CharField(blank=True, choices=[('', 'As the country has it (else Saturday and Sunday)'), ('67', 'Saturday and Sunday'), ('7', 'Sunday'), ('56', 'Friday and Saturday'), ('5', 'Friday'), ('-', 'No day of the week is off')], max_length=7, verbose_name='weekend')),
                ('days_off', models.TextField(blank=True, verbose_name='days off')),
                ('days_on', models.TextField(blank=True, verbose_name='days worked all the same')),
            ],
            options={
                'verbose_name': 'calendar',
                'verbose_name_plural': 'calendars',
                'ordering': ['name'],
            },
        ),
        migrations.AddField(
            model_name='scheduleoptions',
            name='next_nominal',
            field=models.DateTimeField(null=True, verbose_name="next run's own time"),
        ),
        migrations.AddField(
            model_name='seenchange',
            name='ours',
            field=models.CharField(blank=True, db_default='', max_length=200),
        ),
        migrations.AddField(
            model_name='slot',
            name='due',
            field=models.DateTimeField(null=True, verbose_name='moved to'),
        ),
        migrations.CreateModel(
            name='ScheduleRule',
            fields=[
                ('changed_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False, verbose_name='changed')),
                ('schedule', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='rule', serialize=False, to='django_celery_beat.periodictask', verbose_name='schedule')),
                ('counted', models.CharField(blank=True, choices=[('day', 'day'), ('weekday', 'day of the week'), ('working', 'working day')], max_length=8, verbose_name='counted')),
                ('nth', models.SmallIntegerField(blank=True, null=True, verbose_name='which one')),
                ('every', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='every so many minutes')),
                ('first_time', models.TimeField(blank=True, null=True, verbose_name='from')),
                ('last_time', models.TimeField(blank=True, null=True, verbose_name='until')),
                ('on_day_off', models.CharField(blank=True, choices=[('', 'Runs all the same'), ('skip', 'Is left out'), ('before', 'Is moved to the working day before'), ('after', 'Is moved to the working day after')], max_length=6, verbose_name='on a day off')),
                ('zone', models.CharField(blank=True, max_length=63, verbose_name='time zone')),
                ('calendar', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='tasks_app.calendar', verbose_name='calendar')),
            ],
            options={
                'verbose_name': 'rule of a schedule',
                'verbose_name_plural': 'rules of schedules',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('counted', ''), ('nth', None)), models.Q(('counted__in', ['day', 'weekday', 'working']), ('nth__range', (-31, 31)), models.Q(('nth', 0), _negated=True), ('nth__isnull', False)), _connector='OR'), name='rule_counts_whole', violation_error_message='What is counted in the month and which one it is belong together: from 1 to 31, or from -1 (the last) to -31.'), models.CheckConstraint(condition=models.Q(models.Q(('every', None), ('first_time', None), ('last_time', None)), models.Q(('every__isnull', False), ('every__range', (1, 1440)), ('first_time__isnull', False), ('first_time__lte', models.F('last_time')), ('last_time__isnull', False)), _connector='OR'), name='rule_span_whole', violation_error_message='Every so many minutes (1 to 1440) needs a time from which and one until which it runs, the earlier one first: over midnight, make two schedules.'), models.CheckConstraint(condition=models.Q(('on_day_off__in', ['', 'skip', 'before', 'after'])), name='rule_day_off_known', violation_error_message='On a day off it runs, is left out, or is moved before or after.')],
            },
        ),
    ]
