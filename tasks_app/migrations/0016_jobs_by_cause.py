from django.db import migrations, models
from django.db.models import Q

from tasks_app.db.online_index import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the work

    dependencies = [("tasks_app", "0015_traces")]

    operations = [
        AddIndexOnline(
            "job",
            models.Index(
                fields=["name", "cause", "ended_at"], name="job_by_cause", condition=Q(state="failed")
            ),
        ),
    ]
