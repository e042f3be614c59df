from django.db import migrations, models
from django.db.models import Q

from tasks_app.db.online_index import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # indexes are built beside the work

    dependencies = [("tasks_app", "0003_hours_of_ended_jobs")]

    operations = [
        AddIndexOnline(
            "job", models.Index(fields=["-ended_at"], name="job_failed", condition=Q(state="failed"))
        ),
        AddIndexOnline(
            "job",
            models.Index(
                fields=["created_by", "-created_at"],
                name="job_of_launcher",
                condition=Q(created_by__isnull=False),
            ),
        ),
        # After the one that takes its place. Dropping reads nothing: the lock is a moment's.
        migrations.RemoveIndex("job", "job_by_launcher"),
    ]
