from typing import Any

from django.db import migrations

from tasks_app.db.trigrams import TrigramIndex

WHOLE = TrigramIndex("search_text_trigrams", "tasks_app_searchtext", "text")
APART = TrigramIndex(
    "search_text_trigrams",
    "tasks_app_searchtext",
    "text",
    parts=(("of_jobs", "thing = 'job'"), ("of_others", "thing <> 'job'")),
)


def take_apart(apps: Any, schema_editor: Any) -> None:
    """A database that cannot have it does without, as before; SQLite keeps its one table."""
    if schema_editor.connection.vendor == "postgresql" and not APART.build():
        WHOLE.drop()


def put_together(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql" and not WHOLE.build():
        APART.drop()


class Migration(migrations.Migration):
    """A word of a job is looked for without looking at all messages that have it, and the other way round."""

    atomic = False  # indexes are built beside the work

    dependencies = [("tasks_app", "0031_slots_that_were_not_done")]

    operations = [migrations.RunPython(take_apart, put_together)]
