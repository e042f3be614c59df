from django.db import migrations, models
from django.db.models import Q

from tasks_app.db.online_index import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the work

    dependencies = [("tasks_app", "0018_log_lines")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="trace_id",
            field=models.CharField(editable=False, max_length=32, null=True),
        ),
        AddIndexOnline(
            "job",
            models.Index(fields=["trace_id"], name="job_by_trace", condition=Q(trace_id__isnull=False)),
        ),
    ]
