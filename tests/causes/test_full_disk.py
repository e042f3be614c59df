"""A disk without room is one cause with a sentence, whatever was being written when it was full."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import override

from backoffice.backup import dumps
from backoffice.backup.folder import BackupError, in_words
from backoffice.reports import making
from backoffice.storage import StorageRefused
from tasks_app.ledger.failure import Failure, notice_of
from tasks_app.models import State
from tests.pages.work import a_job

pytestmark = [pytest.mark.django_db, pytest.mark.once]

IMPORT = "/admin/backoffice/recipient/import/"
MORE_THAN_MEMORY = 3 << 20  # bytes: Django writes a larger upload into a temporary file


def no_room() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Full(io.BytesIO):
    """A file on a disk with room for so many bytes."""

    def __init__(self, room: int = 0) -> None:
        super().__init__()
        self.room = room

    def write(self, content: Any) -> int:
        if self.tell() + len(content) > self.room:
            raise no_room()
        return super().write(content)


@pytest.mark.parametrize("room", [0, 100])
@pytest.mark.parametrize("form", ["pdf", "csv", "xlsx"])
def test_a_report_that_finds_no_room_while_it_is_made_says_so(
    form: str, room: int, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    for _ in range(20):
        a_job(State.SUCCEEDED)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: Full(room))
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the library makes of it
        making.make("activity", {"format": form, "period": "today"})
    failure = Failure.of(caught.value)
    assert failure.notice.code == "worker.no_room"
    assert "no room left" in failure.error
    with override("fr"):
        assert "plus de place" in str(failure.notice)
        assert "28" not in failure.notice.in_general


def test_a_workbook_s_own_temporary_files_find_none_either(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise no_room()

    monkeypatch.setattr("openpyxl.worksheet._writer.create_temporary_file", refuse)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the library makes of it
        making.make("activity", {"format": "xlsx", "period": "today"})
    assert notice_of(caught.value).code == "worker.no_room"


def raised_in_handling(first: Exception, then: Exception, *, of_it: bool) -> BaseException:
    try:
        try:
            raise first
        except Exception as error:
            raise then from (error if of_it else None)
    except Exception as error:
        return error


def test_what_is_raised_in_cleaning_up_is_the_same_cause_and_what_stands_for_itself_is_not() -> None:
    quota = OSError(errno.EDQUOT, "Disk quota exceeded")
    assert notice_of(raised_in_handling(quota, ValueError("closed"), of_it=True)).code == "worker.no_room"
    assert "no_room" not in notice_of(raised_in_handling(quota, ValueError("other"), of_it=False)).code
    assert "no_room" not in notice_of(OSError(errno.EACCES, "Permission denied")).code


def test_an_error_of_ours_keeps_its_own_cause(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    def refuse(*args: Any) -> str:
        raise no_room()

    monkeypatch.setattr(default_storage, "save", refuse)
    with pytest.raises(StorageRefused) as caught:
        making.make("activity", {"format": "csv", "period": "today"})
    assert notice_of(caught.value).code == "report.storage_refused"


# --- Pages -------------------------------------------------------------------------------------------


@pytest.fixture
def client(admin_client: Client) -> Client:
    admin_client.raise_request_exception = False
    return admin_client


def a_large_list() -> SimpleUploadedFile:
    return SimpleUploadedFile("people.csv", b"email,name\n" + b" " * MORE_THAN_MEMORY, "text/csv")


@pytest.mark.parametrize(
    ("address", "given", "where"),
    [
        (
            IMPORT,
            lambda: {"import_file": a_large_list()},
            "django.core.files.uploadhandler.TemporaryUploadedFile",
        ),
        ("/admin/tasks_app/job/export/", lambda: {"format": "xlsx"}, "tempfile.TemporaryFile"),
        (
            "/admin/admin/logentry/export/",
            lambda: {"confirmed": "yes"},
            "backoffice.admin.audit_export.TemporaryFile",
        ),
    ],
    ids=["an upload", "jobs", "the audit log"],
)
def test_a_page_says_that_the_disk_is_full(
    address: str, given: Callable[[], Any], where: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise no_room()

    a_job(State.SUCCEEDED)
    monkeypatch.setattr(where, refuse)
    answer = client.post(address, given())
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "There is no room for this file" in page
    assert "Traceback" not in page


def test_a_list_that_cannot_be_kept_is_not_said_to_be_a_report(
    client: Client, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    def refuse(*args: Any) -> str:
        raise no_room()

    monkeypatch.setattr(default_storage, "save", refuse)
    few = SimpleUploadedFile("people.csv", b"email,name\nada@example.org,Ada\n", "text/csv")
    page = client.post(IMPORT, {"import_file": few}).content.decode()
    assert "could be read but not kept, so nothing was imported" in page
    assert "No space left" in page
    assert "run the job again" not in page


# --- Backups -----------------------------------------------------------------------------------------


def test_a_snapshot_that_cannot_be_written_is_no_backup_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(dumps.DumpError, match="SQLite could not write"):
        dumps.dump(tmp_path / "no-such-folder" / "database.sqlite3")


@pytest.mark.parametrize(
    "error", [no_room(), BackupError("SQLite could not write x: database or disk is full")], ids=str
)
def test_a_backup_without_room_says_what_to_do(error: BackupError | OSError) -> None:
    assert in_words(error).endswith(
        "Free some room on that disk, or name a folder on another, then try again."
    )


def test_another_trouble_of_a_backup_is_said_as_it_is() -> None:
    assert in_words(BackupError("pg_dump is missing.")) == "pg_dump is missing."
