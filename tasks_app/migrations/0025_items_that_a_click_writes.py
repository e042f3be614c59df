"""What PostgreSQL does for each item that a click writes: no check of its batch, and ids compared as bytes."""

import django.db.models.deletion
from django.db import migrations, models

AS_BYTES = {"fields": ["job_id"], "opclasses": ["varchar_pattern_ops"]}


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0024_counted_ahead_of_the_time")]

    operations = [
        migrations.AlterField(
            "batchitem",
            "batch",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="items",
                to="tasks_app.batch",
            ),
        ),
        migrations.RemoveIndex("batchitem", "batchitem_by_job"),
        migrations.AddIndex("batchitem", models.Index(name="batchitem_by_job", **AS_BYTES)),
        migrations.RemoveConstraint("batchitem", "job_in_one_open_batch"),
        migrations.AddConstraint(
            "batchitem",
            models.UniqueConstraint(
                name="job_in_one_open_batch", condition=models.Q(state="pending"), **AS_BYTES
            ),
        ),
    ]
