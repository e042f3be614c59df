"""Migrations run while old processes still work: none of them locks a large table, or takes from it."""

from __future__ import annotations

import json
import os

import pytest
from django.db import connection
from django.db.migrations import Migration, RunPython
from django.db.migrations.state import ProjectState

from tests import warm
from tests.growing.locking import NOT_SQL, complaints
from tests.servers import ROOT, PostgresServer

pytestmark = [pytest.mark.once, pytest.mark.processes]

# What somebody looked at and found harmless: "app.migration": ("words of its statement", "why").
REVIEWED: dict[str, tuple[str, str]] = {
    "backoffice.0017_subscriptions": (
        '"backoffice_report"',
        "A report is a file: there are thousands of them, and the index takes a moment.",
    ),
    "backoffice.0009_addresses_spelled_one_way": (
        "Python",
        "a thousand recipients at a time, of those spelled oddly",
    ),
    "tasks_app.0009_families_of_reruns": ("Python", "five hundred re-runs at a time, and what they repeat"),
    "tasks_app.0013_search": ("Python", "the index of a table that is new"),
    "tasks_app.0032_texts_of_jobs_apart": ("Python", "Two indexes in place of one, built concurrently."),
    "tasks_app.0020_arguments_of_the_search": ("Python", "one row that says how far the search has come"),
    "backoffice.0013_folded_names_and_titles": ("Python", "five hundred at a time; indexes are built online"),
    "backoffice.0011_sealed_totp_keys": ("Python", "One small row for each person with a second factor."),
    "tasks_app.0010_why_a_queue_is_paused": (
        "Python",
        "One small row for each queue that was ever switched.",
    ),
    "tasks_app.0023_what_the_audit_log_says": ("Python", "An index of Django's table, built concurrently."),
    "tasks_app.0025_items_that_a_click_writes": (
        '"tasks_app_batchitem"',
        "A table that came in the same release: there is nothing in it.",
    ),
    "tasks_app.0012_indexes_of_the_audit_log": ("Python", "Indexes of Django's table, built concurrently."),
}
READ = """
import json
from io import StringIO
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
found = {}
for app, name in MigrationLoader(connection).graph.nodes:
    if app in ("backoffice", "tasks_app", "projet") and not name.startswith("0001"):
        said = StringIO()
        call_command("sqlmigrate", app, name, stdout=said, no_color=True)
        found[f"{app}.{name}"] = said.getvalue()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def migrations(postgres: PostgresServer) -> dict[str, str]:
    """The SQL of each migration of ours after the first, as PostgreSQL gets it."""
    given = {
        **os.environ,
        "DATABASE_URL": postgres.create_database("migrations"),
        "DJANGO_SETTINGS_MODULE": "projet.settings",
        "ENVIRONMENT": "local",
    }
    done = warm.run(["manage.py", "shell", "-v", "0", "-c", READ], env=given, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_no_migration_locks_a_large_table_or_takes_from_the_old_version(migrations: dict[str, str]) -> None:
    assert "backoffice.0002_attachments_in_the_storage" in migrations
    told = [
        f"{name}: {complaint}"
        for name, sql in migrations.items()
        for complaint in complaints(sql)
        if REVIEWED.get(name, ("\0", ""))[0] not in complaint
    ]
    assert told == []


def test_sqlmigrate_still_names_an_operation_that_is_python() -> None:
    """The words that NOT_SQL looks for are Django's."""
    editor = connection.schema_editor(collect_sql=True)
    migration = Migration("any", "backoffice")
    migration.operations = [RunPython(RunPython.noop)]
    migration.apply(ProjectState(), editor, collect_sql=True)
    assert NOT_SQL in editor.collected_sql


def test_an_index_is_built_while_people_write(migrations: dict[str, str]) -> None:
    assert (
        'CREATE INDEX CONCURRENTLY "attachment_by_file"'
        in migrations["backoffice.0002_attachments_in_the_storage"]
    )


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ('CREATE INDEX "a" ON "tasks_app_job" ("x")', "AddIndexOnline"),
        ('CREATE UNIQUE INDEX "a" ON "tasks_app_job" ("x")', "AddIndexOnline"),
        ('ALTER TABLE "tasks_app_job" ALTER COLUMN "x" SET NOT NULL', "reads the whole table"),
        ('ALTER TABLE "tasks_app_job" ADD CONSTRAINT "c" CHECK ("x" > 0)', "NOT VALID"),
        (
            'ALTER TABLE "tasks_app_job" ADD CONSTRAINT "c" FOREIGN KEY ("x") REFERENCES "y" ("id")',
            "NOT VALID",
        ),
        ('ALTER TABLE "tasks_app_job" ALTER COLUMN "x" TYPE bigint', "rewrites the table"),
        (
            'ALTER TABLE "tasks_app_job" ADD COLUMN "x" uuid DEFAULT gen_random_uuid()',
            "differs from row to row",
        ),
        ('ALTER TABLE "tasks_app_job" DROP COLUMN "x" CASCADE', "old version"),
        ('ALTER TABLE "tasks_app_job" RENAME COLUMN "x" TO "y"', "old version"),
        ('UPDATE "tasks_app_job" SET "x" = 1', "in batches"),
        ('DELETE FROM "tasks_app_job" WHERE "x" = 1', "in batches"),
        ('DROP TABLE "tasks_app_job" CASCADE', "old version"),
        ('DROP TABLE "tasks_app_node" CASCADE', "old version"),
        ('ALTER TABLE "tasks_app_node" DROP COLUMN "x" CASCADE', "old version"),
        ("--\n-- Raw Python operation\n--\n-- THIS OPERATION CANNOT BE WRITTEN AS SQL\n", "REVIEWED"),
    ],
)
def test_what_locks_or_breaks_is_found(statement: str, words: str) -> None:
    [complaint] = complaints(statement)
    assert words in complaint


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX CONCURRENTLY "a" ON "tasks_app_job" ("x")',
        'ALTER TABLE "tasks_app_job" ADD COLUMN "x" varchar(9) DEFAULT \'\' NOT NULL',
        'ALTER TABLE "tasks_app_job" ADD COLUMN "x" integer NULL',
        'ALTER TABLE "tasks_app_job" ALTER COLUMN "x" DROP DEFAULT',
        'ALTER TABLE "tasks_app_job" ALTER COLUMN "x" DROP NOT NULL',
        'ALTER TABLE "tasks_app_job" ADD CONSTRAINT "c" CHECK ("x" > 0) NOT VALID',
        'CREATE TABLE "new" ("id" bigint); CREATE INDEX "a" ON "new" ("id")',
        'CREATE INDEX "a" ON "tasks_app_node" ("x")',
    ],
)
def test_what_does_neither_is_not(statement: str) -> None:
    assert list(complaints(statement)) == []
