from typing import Any

from django.db import migrations, models
from django.db.models import F


def since_when(apps: Any, schema_editor: Any) -> None:
    """A queue that is paused was switched last when that began."""
    apps.get_model("tasks_app", "QueueState").objects.filter(paused=True).update(paused_at=F("changed_at"))


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0009_families_of_reruns")]

    operations = [
        migrations.AddField(
            "queuestate",
            "paused_at",
            models.DateTimeField(blank=True, null=True, verbose_name="paused since"),
        ),
        # With a default of the database's: a version before this one still writes rows.
        migrations.AddField(
            "queuestate",
            "pause_reason",
            models.CharField(blank=True, db_default="", default="", max_length=500, verbose_name="reason"),
        ),
        migrations.RunPython(since_when, migrations.RunPython.noop),
    ]
