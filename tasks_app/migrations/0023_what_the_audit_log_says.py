from typing import Any

from django.db import migrations

# Of Django's own table: by the code that an entry begins with (backoffice/admin/audit_filters.py).
NAME = "audit_by_action"
BEGINS = {"postgresql": '(LEFT(change_message, 80) COLLATE "C")', "sqlite": "(SUBSTR(change_message, 1, 80))"}


def index_log(apps: Any, schema_editor: Any) -> None:
    """Beside the work, on PostgreSQL; one that an interrupted build left behind is made anew."""
    vendor = schema_editor.connection.vendor
    online = " CONCURRENTLY" if vendor == "postgresql" else ""
    schema_editor.execute(f"DROP INDEX{online} IF EXISTS {NAME}")
    schema_editor.execute(f"CREATE INDEX{online} {NAME} ON django_admin_log ({BEGINS[vendor]})")


def drop_index(apps: Any, schema_editor: Any) -> None:
    online = " CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP INDEX{online} IF EXISTS {NAME}")


class Migration(migrations.Migration):
    atomic = False  # indexes are built beside the work

    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("tasks_app", "0022_pauses_until"),
    ]

    operations = [migrations.RunPython(index_log, drop_index)]
