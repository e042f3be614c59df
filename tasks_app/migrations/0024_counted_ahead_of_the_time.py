"""What the tally had counted when the database's time was set back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0023_what_the_audit_log_says")]

    operations = [
        migrations.AddField("tallyprogress", "counted_ahead", models.JSONField(null=True)),
    ]
