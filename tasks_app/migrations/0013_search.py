from django.db import migrations, models

from tasks_app.db.trigrams import TrigramIndex

TEXT_INDEX = TrigramIndex("search_text_trigrams", "tasks_app_searchtext", "text")


def build(apps, schema_editor):
    """A database that cannot have it does without: `doctor` says so, and `build_search` makes it later."""
    TEXT_INDEX.build()


def drop(apps, schema_editor):
    TEXT_INDEX.drop()


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0012_indexes_of_the_audit_log")]

    operations = [
        migrations.CreateModel(
            name="SearchProgress",
            fields=[
                ("thing", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
                ("pending_at", models.DateTimeField(null=True)),
                ("pending_xid", models.BigIntegerField(null=True)),
                ("complete_to", models.DateTimeField()),
                ("swept_to", models.DateTimeField(null=True)),
                ("swept_ref", models.CharField(blank=True, max_length=255)),
                ("sweep_began_at", models.DateTimeField(null=True)),
                ("swept_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "progress of the search",
                "verbose_name_plural": "progress of the search",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("thing", models.CharField(max_length=16)),
                ("ref", models.CharField(max_length=255)),
                ("text", models.TextField()),
                ("moment", models.DateTimeField()),
                ("stale", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "text of the search",
                "verbose_name_plural": "texts of the search",
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["thing", "-moment"], name="search_text_newest"),
                    models.Index(condition=models.Q(("stale", True)), fields=["id"], name="search_text_stale"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("thing", "ref"), name="one_search_text_per_row")
                ],
            },
        ),
        migrations.RunPython(build, drop),
    ]
