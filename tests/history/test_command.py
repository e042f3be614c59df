"""`manage.py make_history` refuses in words what it should not do, and leaves nothing of what ended early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from backoffice.history import bare_tables, making
from backoffice.history.copying import write
from backoffice.history.past import Past
from backoffice.history.reports import Documents
from backoffice.history.tables import Table
from backoffice.models import Message, Recipient, SignIn
from backoffice.storage import StorageRefused
from tasks_app.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_is_drawn")]

UNTIL = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_files_are_left(data_dir: Path) -> None:
    """Of any test here."""


def make(**wish: Any) -> str:
    said = StringIO()
    asked = {"days": 14, "jobs": 100, "seed": 1, "until": UNTIL.isoformat()} | wish
    call_command("make_history", **asked, stdout=said, stderr=StringIO())
    return said.getvalue()


def files() -> list[Path]:
    return [one for one in Path(configured.MEDIA_ROOT).rglob("*") if one.is_file()]


# --- Refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"days": 0}, "--days is between"),
        ({"days": -1}, "--days is between"),
        ({"days": 4000}, "--days is between"),
        ({"jobs": 0}, "--jobs is between"),
        ({"jobs": -1}, "--jobs is between"),
        ({"jobs": 99}, "--jobs is between"),
        ({"jobs": 10**12}, "--jobs is between"),
        ({"processes": 0}, "--processes is between"),
        ({"processes": -1}, "--processes is between"),
        ({"processes": 10**6}, "--processes is between"),
        ({"until": "soon"}, "ISO 8601"),
        ({"until": ""}, "ISO 8601"),
        ({"until": "2026-13-45T10:00:00Z"}, "ISO 8601"),
        ({"until": "0001-01-01T00:00:00"}, "ISO 8601|before the year 2000"),
        ({"until": "1999-12-31T10:00:00Z"}, "before the year 2000"),
        ({"until": "9999-12-31T23:59:59"}, "ISO 8601|in the future"),
        ({"until": (timezone.now() + timedelta(days=1)).isoformat()}, "in the future"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_in_words(wish: dict[str, Any], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        make(**wish)
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "word", [("--days", "many"), ("--jobs", "1e6"), ("--jobs", "²"), ("--seed", "lucky"), ("--fortnight",)]
)
def test_a_word_that_is_no_number_is_refused(word: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("make_history", *word)


def test_production_has_no_invented_past(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        make(beside=True)
    assert not Job.objects.exists()


def test_a_database_in_use_gets_one_only_where_that_is_said() -> None:
    Recipient.objects.create(email="somebody@company.example")
    with pytest.raises(CommandError, match="--beside"):
        make()
    assert not Job.objects.exists()
    make(beside=True)
    assert Job.objects.count() == 100


def test_demo_recipients_are_nobody_s_work() -> None:
    Recipient.objects.create(email="Pat.Other@Example.ORG")
    make()
    assert Job.objects.count() == 100


def test_a_past_that_is_there_is_not_made_a_second_time() -> None:
    make()
    with pytest.raises(CommandError, match="--beside"):
        make()
    with pytest.raises(CommandError, match="--seed"):
        make(beside=True)
    make(beside=True, seed=2)
    assert Job.objects.count() == 200


def test_what_finds_no_room_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.management.commands.make_history.room", lambda: 100_000)
    with pytest.raises(CommandError, match=r"It takes about 488\.3.KB, and 97\.7.KB are free"):
        make()


def test_the_room_is_that_of_the_database_s_disk() -> None:
    free = making.room()
    assert free is None if connection.vendor == "postgresql" else free


# --- Ended early --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (KeyboardInterrupt(), "Interrupted: nothing of it was written"),
        (OperationalError("database or disk is full"), "disk is full. Where the disk is full"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (StorageRefused("It has no room."), "It has no room"),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_ends_early_leaves_no_row_and_no_file(
    error: BaseException, says: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`after`: when all files were made."""
    finish = Documents.finish

    def end(self: Documents, *, newest: bool) -> None:
        if when == "after":
            finish(self, newest=newest)
            assert files()
        raise error

    monkeypatch.setattr(Documents, "finish", end)
    with pytest.raises(CommandError, match=says) as caught:
        make(jobs=400)
    assert caught.value.returncode == (130 if isinstance(error, KeyboardInterrupt) else 1)
    assert not any(model.objects.exists() for model in (Job, Message, SignIn))
    assert not files()
    monkeypatch.undo()
    make(jobs=400)
    assert Job.objects.count() == 400


def test_what_the_database_refuses_in_the_middle_ends_it() -> None:
    def write_nobody() -> None:
        table = Table(Recipient)
        table.add(email=None, name="Nobody")
        with transaction.atomic():
            write(table.take())

    with pytest.raises(IntegrityError, match=r"(?i)null"):
        write_nobody()
    assert not Recipient.objects.exists()


def test_a_column_that_there_is_not_is_no_row() -> None:
    with pytest.raises(TypeError, match="Recipient has no age"):
        Table(Recipient).add(age=7)


# --- Indexes ------------------------------------------------------------------------------------


def structure() -> set[tuple[str, ...]]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE sql <> '' AND name <> 'sqlite_stat1'")
        else:
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() UNION ALL"
                " SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint"
            )
        return set(cursor.fetchall())


@pytest.fixture
def built_at_the_end(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """As a large past is made; how many indexes and constraints there were meanwhile."""
    monkeypatch.setattr(making, "LARGE", 0)
    meanwhile: list[int] = []
    happen = Past.happen

    def looked_at(self: Past, *how: Any) -> None:
        meanwhile.append(len(structure()))
        happen(self, *how)

    monkeypatch.setattr(Past, "happen", looked_at)
    return meanwhile


def test_indexes_and_constraints_are_back_at_the_end(built_at_the_end: list[int]) -> None:
    before = structure()
    make(jobs=300)
    assert structure() == before
    assert built_at_the_end[0] < len(before) - 40
    assert Job.objects.count() == 300


def test_indexes_are_where_they_were_after_an_interruption(
    built_at_the_end: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = structure()

    def interrupted(statements: list[str]) -> None:
        if any(one.startswith("CREATE") for one in statements):
            raise KeyboardInterrupt
        run(statements)

    run = bare_tables._run
    monkeypatch.setattr(bare_tables, "_run", interrupted)
    with pytest.raises(CommandError, match="Interrupted"):
        make()
    assert built_at_the_end[0] < len(before) - 40
    assert structure() == before
    assert not Job.objects.exists()


def test_tables_that_have_rows_keep_their_indexes(built_at_the_end: list[int]) -> None:
    before = structure()
    make(jobs=100)
    make(jobs=300, seed=2, beside=True)
    assert built_at_the_end[0] < len(before) - 40
    assert built_at_the_end[1] == len(before)
    with pytest.raises(CommandError, match="--seed"):
        make(jobs=100, beside=True)
    assert Job.objects.count() == 400


def test_one_row_alone_keeps_the_indexes_of_its_table_and_stays(built_at_the_end: list[int]) -> None:
    before = structure()
    SignIn.objects.create(username="somebody", success=True)
    make(jobs=300, beside=True)
    assert structure() == before
    assert built_at_the_end[0] < len(before) - 40
    assert SignIn.objects.filter(username="somebody").exists()


def test_rows_of_a_new_database_are_for_all_from_the_beginning(built_at_the_end: list[int]) -> None:
    """VACUUM has nothing to do: PostgreSQL counts the pages that all may see without a look at each row."""
    if connection.vendor != "postgresql":
        pytest.skip("It copies nothing.")
    make(jobs=300)
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpages, relallvisible FROM pg_class WHERE relname = 'tasks_app_jobattempt'")
        pages, visible = cursor.fetchone()
    assert pages == visible > 0
