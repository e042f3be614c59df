import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATUSES = [('new', 'New'), ('known', 'Known'), ('repaired', 'Repaired'), ('ignored', 'Ignored')]


def key():
    return ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))


def person(**options):
    return models.ForeignKey(
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name='+',
        to=settings.AUTH_USER_MODEL,
        **options,
    )


def group(related_name, **options):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        to='tasks_app.failuregroup',
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        ('tasks_app', '0013_search'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FailureGroup',
            fields=[
                key(),
                ('kind', models.CharField(max_length=255, verbose_name='kind')),
                ('cause', models.CharField(blank=True, max_length=255, verbose_name='cause')),
                ('error_class', models.CharField(blank=True, max_length=255, verbose_name='error class')),
                ('failed', models.BigIntegerField(default=0, verbose_name='failed')),
                ('repaired', models.BigIntegerField(default=0, verbose_name='repaired')),
                ('removed', models.BigIntegerField(default=0, verbose_name='removed since')),
                ('people', models.PositiveIntegerField(default=0, verbose_name='people')),
                ('schedules', models.PositiveIntegerField(default=0, verbose_name='schedules')),
                ('first_at', models.DateTimeField(verbose_name='first seen')),
                ('last_at', models.DateTimeField(verbose_name='last seen')),
                (
                    'status',
                    models.CharField(choices=STATUSES, default='new', max_length=16, verbose_name='status'),
                ),
                ('status_at', models.DateTimeField(null=True)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('owner', person(blank=True, verbose_name='owner')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='what to know')),
                ('until', models.DateTimeField(null=True, verbose_name='until')),
                ('release', models.CharField(blank=True, max_length=64, verbose_name='repaired with')),
                ('disproved_by', models.CharField(blank=True, max_length=255)),
            ],
            options={
                'verbose_name': 'cause of failures',
                'verbose_name_plural': 'causes of failures',
                'ordering': ['-last_at', '-id'],
                'default_permissions': (),
                'indexes': [
                    models.Index(fields=['-last_at', '-id'], name='failures_latest'),
                    models.Index(fields=['status', '-last_at'], name='failures_by_status'),
                ],
                'constraints': [
                    models.UniqueConstraint(
                        fields=['kind', 'cause', 'error_class'], name='one_group_per_cause'
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name='FailureDecision',
            fields=[
                key(),
                ('group', group('decisions')),
                ('at', models.DateTimeField()),
                ('by', person(db_index=False)),
                ('status', models.CharField(choices=STATUSES, max_length=16)),
                ('owner', person(db_index=False)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('until', models.DateTimeField(null=True)),
                ('release', models.CharField(blank=True, max_length=64)),
                ('job_id', models.CharField(blank=True, max_length=255)),
            ],
            options={
                'verbose_name': 'decision about a cause',
                'verbose_name_plural': 'decisions about causes',
                'ordering': ['-at', '-id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='FailureTally',
            fields=[
                key(),
                ('group', group('tallies', db_index=False)),
                (
                    'span',
                    models.PositiveSmallIntegerField(choices=[(5, 'Minutes'), (60, 'Hour'), (1440, 'Day')]),
                ),
                ('begins', models.DateTimeField()),
                ('count', models.BigIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'failures of a time',
                'verbose_name_plural': 'failures of a time',
                'default_permissions': (),
                'indexes': [models.Index(fields=['span', 'begins'], name='failure_tally_by_age')],
                'constraints': [
                    models.UniqueConstraint(
                        fields=['group', 'span', 'begins'], name='one_tally_per_cause_and_time'
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name='FailureTouch',
            fields=[
                key(),
                ('group', group('touched', db_index=False)),
                (
                    'sort',
                    models.CharField(choices=[('person', 'Person'), ('schedule', 'Schedule')], max_length=8),
                ),
                ('key', models.CharField(max_length=100)),
            ],
            options={
                'verbose_name': 'touched by failures',
                'verbose_name_plural': 'touched by failures',
                'default_permissions': (),
                'constraints': [
                    models.UniqueConstraint(fields=['group', 'sort', 'key'], name='touched_once_by_a_cause')
                ],
            },
        ),
        migrations.AddField('tallyprogress', 'failures_until', models.DateTimeField(null=True)),
        migrations.AddField('tallyprogress', 'repairs_until', models.DateTimeField(null=True)),
    ]
