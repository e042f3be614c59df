import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    # The tables in the order in which a worker writes them: neither waits for the other.

    dependencies = [('tasks_app', '0004_failures_and_own_jobs_by_time')]

    operations = [
        migrations.AddField(
            model_name='job',
            name='cause',
            field=models.CharField(editable=False, max_length=255, null=True, verbose_name='cause'),
        ),
        migrations.AddField(
            model_name='job',
            name='cause_params',
            field=models.JSONField(editable=False, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='progress_params',
            field=models.JSONField(editable=False, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
        ),
        migrations.AddField(
            model_name='jobattempt',
            name='cause',
            field=models.CharField(editable=False, max_length=255, null=True, verbose_name='cause'),
        ),
        migrations.AddField(
            model_name='jobattempt',
            name='cause_params',
            field=models.JSONField(editable=False, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
        ),
        migrations.AddField(
            model_name='jobattempt',
            name='fingerprint_rule',
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
    ]
