"""What the tally had counted when the database's time was set back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0013_search")]

    operations = [
        migrations.AddField("tallyprogress", "counted_ahead", models.JSONField(null=True)),
    ]
