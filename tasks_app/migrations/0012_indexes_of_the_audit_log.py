from typing import Any

from django.db import migrations

# Of Django's own table, which no model of ours can declare them on: the history of one thing, and the day.
INDEXES = {
    "audit_by_object": "(object_id, content_type_id)",
    "audit_by_time": "(action_time, id)",
    "audit_by_user": "(user_id, id)",
}


def index_log(apps: Any, schema_editor: Any) -> None:
    """Beside the work, on PostgreSQL; one that an interrupted build left behind is made anew."""
    online = " CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""
    for name, columns in INDEXES.items():
        schema_editor.execute(f"DROP INDEX{online} IF EXISTS {name}")
        schema_editor.execute(f"CREATE INDEX{online} {name} ON django_admin_log {columns}")


def drop_indexes(apps: Any, schema_editor: Any) -> None:
    online = " CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""
    for name in INDEXES:
        schema_editor.execute(f"DROP INDEX{online} IF EXISTS {name}")


class Migration(migrations.Migration):
    atomic = False  # indexes are built beside the work

    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("tasks_app", "0011_things_of_the_audit_log"),
    ]

    operations = [migrations.RunPython(index_log, drop_indexes)]
