from typing import Any

from django.db import migrations, models


def sweep_anew(apps: Any, schema_editor: Any) -> None:
    """The past is compared once more, as the first time: it has no arguments yet, and the page says so."""
    progress = apps.get_model("tasks_app", "SearchProgress").objects.filter(thing="job")
    progress.update(sweep_began_at=None, swept_at=None, swept_to=None)


class Migration(migrations.Migration):

    dependencies = [
        ("tasks_app", "0019_traces"),
    ]

    operations = [
        migrations.CreateModel(
            name="JobArgument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("job_id", models.CharField(max_length=255)),
                ("name", models.CharField(max_length=100)),
                ("value", models.CharField(max_length=100)),
                ("moment", models.DateTimeField()),
            ],
            options={
                "verbose_name": "argument of the search",
                "verbose_name_plural": "arguments of the search",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("job_id", "name", "value"), name="one_search_argument_per_job")
                ],
                "indexes": [models.Index(fields=["name", "value", "-moment"], name="search_argument_newest")],
            },
        ),
        migrations.RunPython(sweep_anew, migrations.RunPython.noop),
    ]
