"""What each database says of its tables agrees with the rows, and no place of files is walked for ever."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.utils import OperationalError
from django.test.utils import CaptureQueriesContext

from backoffice import storage
from backoffice.models import Message, Recipient, Size
from backoffice.sizes import files, tables

pytestmark = pytest.mark.django_db

MESSAGES = 1_500


def write_messages(count: int = MESSAGES) -> None:
    Message.objects.bulk_create(
        Message(to="sam@example.org", sender="us@example.org", subject="Hello", text="Dear Sam. " * 40)
        for _ in range(count)
    )


def by_name() -> dict[str, tables.Measured]:
    return {one.name: one for one in tables.measured()}


def analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_rows_are_those_that_there_are_and_bytes_hold_them(monkeypatch: pytest.MonkeyPatch) -> None:
    write_messages()
    Recipient.objects.create(email="sam@example.org")
    analyse()
    messages = by_name()["backoffice_message"]
    assert messages.count is not None
    assert messages.bytes is not None
    assert abs(messages.count - MESSAGES) <= MESSAGES // 100
    assert messages.bytes > MESSAGES * 400
    # What earlier tests rolled back takes room in PostgreSQL's file, so that it may not be small any more.
    monkeypatch.setattr(tables, "SMALL", 2**40)
    recipients = by_name()["backoffice_recipient"]
    assert (recipients.count, recipients.certainty) == (1, Size.Certainty.COUNTED)


def test_every_table_of_ours_is_measured_and_the_whole_is_no_less_than_they_are() -> None:
    write_messages(10)
    found = by_name()
    whole = found.pop("")
    assert {
        LogEntry._meta.db_table,
        "backoffice_message",
        "tasks_app_job",
        "auth_user_groups",
    } <= found.keys()
    assert whole.kind == Size.Kind.DATABASE
    assert whole.bytes is not None
    assert sum(one.bytes or 0 for one in found.values()) <= whole.bytes


@pytest.mark.parametrize("small", [0, 10 * 1024 * 1024])
def test_a_large_table_is_estimated_and_never_counted(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite walks its pages.")
    write_messages()
    analyse()
    write_messages()  # more pages than when it was analysed
    monkeypatch.setattr(tables, "SMALL", small)
    with CaptureQueriesContext(connection) as asked:
        messages = by_name()["backoffice_message"]
    counted = any('COUNT(*) FROM "backoffice_message"' in query["sql"] for query in asked)
    assert counted == bool(small)
    assert messages.certainty == (Size.Certainty.COUNTED if small else Size.Certainty.ESTIMATED)
    assert messages.count is not None
    if small:
        assert messages.count == 2 * MESSAGES
    else:  # by the pages that came since; rows of earlier tests may lie between them
        assert MESSAGES * 1.2 < messages.count < MESSAGES * 2.2


def test_a_table_that_was_never_analysed_is_not_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite walks its pages.")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fresh AS SELECT generate_series(1, 100) AS n")
    monkeypatch.setattr(tables, "SMALL", 0)
    assert by_name()["fresh"].count is None


def test_an_odd_name_of_a_table_breaks_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("""CREATE TABLE "100% o'clock" (n int)""")
        cursor.execute("""INSERT INTO "100% o'clock" VALUES (1), (2)""")
    assert by_name()["100% o'clock"].count == 2


def test_an_sqlite_without_dbstat_counts_and_says_that_it_knows_no_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("It has its catalogue.")
    Recipient.objects.create(email="sam@example.org")
    asked = tables._rows

    def without_dbstat(statement: str, *parameters: Any) -> list[Any]:
        if "dbstat" in statement:
            raise OperationalError("no such table: dbstat")
        return asked(statement, *parameters)

    monkeypatch.setattr(tables, "_rows", without_dbstat)
    found = by_name()
    assert (found["backoffice_recipient"].count, found["backoffice_recipient"].bytes) == (1, None)
    assert found[""].bytes == tables.whole() > 0


# --- Files --------------------------------------------------------------------------------------


def test_files_are_counted_in_folders_within_folders(data_dir: Path, settings: Any) -> None:
    for place in files.PLACES:  # what another test left
        shutil.rmtree(Path(settings.MEDIA_ROOT) / place, ignore_errors=True)
    for month in ("2026/01", "2026/11"):
        for size in (1, 20, 300):
            default_storage.save(f"reports/{month}/{uuid.uuid4()}.pdf", ContentFile(b"x" * size))
    default_storage.save(f"attachments/2026/11/{uuid.uuid4()}", ContentFile(b"y" * 4_000))
    Path(settings.OUTBOX_DIR).mkdir(parents=True)
    (Path(settings.OUTBOX_DIR) / "one.eml").write_bytes(b"z" * 50)
    found = {place: files.measured(place) for place in files.PLACES}
    assert {place: (one.count, one.bytes) for place, one in found.items()} == {
        "reports": (6, 642),
        "attachments": (1, 4_000),
        "lists": (0, 0),
        "outbox": (1, 50),
    }


def test_a_walk_ends_at_its_bound_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SECONDS", 0)
    walked = 0

    def endless() -> Iterator[int]:
        nonlocal walked
        while True:
            walked += 1
            yield 10

    found = files.added_up("reports", endless())
    assert found.certainty == Size.Certainty.AT_LEAST
    assert (found.count, found.bytes) == (walked, 10 * walked)


def test_a_file_that_goes_meanwhile_and_a_link_to_elsewhere_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"12345")
    (tmp_path / "elsewhere").symlink_to("/")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    sizes = list(storage.sizes_in(tmp_path))
    assert len(sizes) == 3
    assert 5 in sizes
    assert sum(sizes) < 1_000
    assert list(storage.sizes_in(tmp_path / "no such folder")) == []
