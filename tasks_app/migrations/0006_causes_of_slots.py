import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    # The tables in the order in which a clock writes them: neither waits for the other.

    dependencies = [('tasks_app', '0005_causes_of_jobs')]

    operations = [
        migrations.AddField(
            model_name='scheduleoptions',
            name='cause',
            field=models.CharField(editable=False, max_length=255, null=True, verbose_name='cause'),
        ),
        migrations.AddField(
            model_name='scheduleoptions',
            name='cause_params',
            field=models.JSONField(editable=False, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
        ),
        migrations.AddField(
            model_name='slot',
            name='cause',
            field=models.CharField(editable=False, max_length=255, null=True, verbose_name='cause'),
        ),
        migrations.AddField(
            model_name='slot',
            name='cause_params',
            field=models.JSONField(editable=False, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
        ),
    ]
