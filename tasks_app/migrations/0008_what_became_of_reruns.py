from django.db import migrations, models

STATES = [
    ('waiting', 'Waiting'),
    ('running', 'Running'),
    ('succeeded', 'Succeeded'),
    ('failed', 'Failed'),
    ('cancelled', 'Cancelled'),
    ('unknown', 'Unknown'),
]


class Migration(migrations.Migration):
    dependencies = [('tasks_app', '0007_messages_without_a_job')]

    operations = [
        migrations.AddField(
            model_name='job',
            name='family',
            field=models.CharField(editable=False, max_length=255, null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='rerun_id',
            field=models.CharField(editable=False, max_length=255, null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='rerun_state',
            field=models.CharField(choices=STATES, editable=False, max_length=16, null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='rerun_launched_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='repaired_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='repaired'),
        ),
        migrations.CreateModel(
            name='Continuation',
            fields=[
                ('key', models.CharField(max_length=255, primary_key=True, serialize=False)),
                ('job_id', models.CharField(max_length=255)),
                ('root_id', models.CharField(max_length=255)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'continuation',
                'verbose_name_plural': 'continuations',
                'default_permissions': (),
                'indexes': [models.Index(fields=['at'], name='continuation_by_age')],
            },
        ),
    ]
