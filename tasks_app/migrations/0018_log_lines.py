from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0017_batches")]

    operations = [
        migrations.CreateModel(
            name="LogChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("job_id", models.CharField(max_length=255)),
                ("run", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("lines", models.TextField()),
                ("count", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("left_out", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "log lines",
                "verbose_name_plural": "log lines",
                "default_permissions": (),
                "indexes": [models.Index(fields=["job_id"], name="log_by_job")],
            },
        ),
    ]
