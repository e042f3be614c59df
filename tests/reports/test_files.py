"""CSV, the storage, and what the outside may be asked for."""

from __future__ import annotations

import hashlib
import io
import os
import signal
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone
from django.utils.translation import override
from weasyprint import HTML

from backoffice import storage
from backoffice.models import Report
from backoffice.reports import csv, making
from backoffice.reports.assets import BASE_URL, ForbiddenAddress, OwnAssets
from backoffice.reports.sections import Share, Sheet
from backoffice.shelf import holding
from backoffice.storage import StorageRefused
from tasks_app.models import State
from tests.reports.reading import content, rows

OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 3, 6, tzinfo=UTC)


def make(slug: str, **parameters: Any) -> making.Made:
    return making.make(slug, parameters, moment=NOVEMBER)


# --- CSV


def test_a_csv_has_a_row_for_each_day_and_kind(add_job: Callable[..., Any]) -> None:
    add_job(OCTOBER), add_job(OCTOBER, State.FAILED), add_job(OCTOBER + timedelta(days=1))
    made = make("activity", format="csv")
    assert content(made).startswith(b"\xef\xbb\xbf")
    assert made.report.rows == 2
    first, second = rows(made)
    assert (first["Day"], first["Jobs"], first["Failed"], first["Success rate"]) == (
        "2026-10-05",
        "2",
        "1",
        "0.5",
    )
    assert second["Day"] == "2026-10-06"


def test_a_french_csv_opens_in_a_french_spreadsheet(add_job: Callable[..., Any]) -> None:
    add_job(OCTOBER), add_job(OCTOBER, State.FAILED)
    [row] = rows(make("activity", format="csv", language="fr"), delimiter=";")
    assert "0,5" in row.values()


@pytest.mark.parametrize(
    "text", ["=1+1", "+33 1", "-2", "@SUM(A1)", "\tx", "\r=1", "＝1+1", "\u200b=1+1", "\ufeff @A", "\x0b-1"]
)
def test_no_text_becomes_a_formula(text: str) -> None:
    assert csv.cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (-2, "-2"),
        (1234567, "1234567"),
        (date(2026, 10, 5), "2026-10-05"),
        (OCTOBER, "2026-10-05 11:00:00"),
        (Share(1 / 3), "0.3333"),
        (timedelta(milliseconds=1500), "1.5"),
        ("a,b", "a,b"),
    ],
)
def test_values_stay_values(value: Any, written: str) -> None:
    with override("en"):
        assert csv.cell(value) == written


def test_rows_are_written_as_they_come() -> None:
    """Nothing waits for the last row: a long CSV never lies whole in memory."""
    target = io.BytesIO()
    seen: list[int] = []

    def endless() -> Any:
        for number in range(1000):
            seen.append(target.tell())
            yield [number]

    assert csv.write(Sheet(["Number"], endless()), target) == 1000
    assert seen == sorted(set(seen))


# --- Storage


def test_a_report_is_kept_as_it_was_made_and_known_only_once_recorded(db: None) -> None:
    made = making.make("overview", {}, job_id="job-1")
    assert content(made).startswith(b"%PDF-")
    assert hashlib.sha256(content(made)).hexdigest() == made.report.sha256 == made.summary["sha256"]
    assert len(content(made)) == made.report.size
    assert not Report.objects.exists()
    made.record()
    assert Report.objects.get(job_id="job-1").file == made.report.file


class Full(FileSystemStorage):
    """A disk that fills up half-way through a file."""

    def _save(self, name: str, content: Any) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read(100))
        raise OSError(28, "No space left on device")


class Forgetful(FileSystemStorage):
    """A disk that keeps something else than it was given."""

    def _save(self, name: str, content: Any) -> str:
        kept = super()._save(name, content)
        os.truncate(self.path(kept), 10)
        return kept


@pytest.mark.parametrize(
    ("disk", "words"),
    [("Full", "the storage refused it .*No space left"), ("Forgetful", "gave back another file")],
)
def test_a_storage_that_fails_is_told_in_a_sentence_and_keeps_no_half_file(
    db: None, settings: Any, media: Path, disk: str, words: str
) -> None:
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": f"{__name__}.{disk}"}}
    with pytest.raises(StorageRefused, match=words):
        making.make("overview", {})
    assert [path for path in media.rglob("*") if path.is_file()] == []


class Deadly(io.BytesIO):
    """A file whose reader is killed at the third part of the second reading: the first only measures it."""

    begun = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.begun += self.tell() == 0
        if self.begun == 2 and self.tell() >= 2 * File.DEFAULT_CHUNK_SIZE:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(size)


@pytest.mark.processes
def test_a_process_killed_as_it_copies_leaves_half_a_file_that_no_row_names(db: None, media: Path) -> None:
    """Nobody sees it: a report is visible by its row, which commits when its whole file was read back. The
    cleanup removes it when it is a day old."""
    size, name = 4 * File.DEFAULT_CHUNK_SIZE, storage.name_for(uuid4(), NOVEMBER, "pdf")
    child = os.fork()
    if not child:
        storage.keep(Deadly(bytes(size)), name)
        os._exit(0)
    _child, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert 0 < (media / name).stat().st_size < size
    assert not Report.objects.exists()
    assert list(storage.strays(timezone.now() + timedelta(hours=1))) == [name]


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(
    db: None, settings: Any, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "in-the-way"
    in_the_way.write_text("a file where the folder should be")
    settings.MEDIA_ROOT = in_the_way
    with pytest.raises(StorageRefused, match="Ask whoever runs this site"):
        making.make("overview", {})


def test_files_no_row_knows_are_found_once_they_are_old(db: None) -> None:
    known, lost = making.make("overview", {}), making.make("overview", {})
    known.record()
    assert list(storage.strays(timezone.now() + timedelta(hours=1))) == [lost.report.file]
    assert list(storage.strays(timezone.now() - timedelta(hours=1))) == []


def test_deleting_a_report_deletes_its_file(db: None) -> None:
    made = making.make("overview", {})
    made.record()
    holding.remove(made.report)
    assert not default_storage.exists(made.report.file)
    assert not Report.objects.exists()


# --- The outside


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data/",
        "https://example.org/x.png",
        "ftp://example.org/x",
        "data:text/css,body{}",
        "asset://elsewhere/report.css",
        "asset:///../base.py",
        "asset:///%2e%2e/base.py",
        "asset:///fonts",
        "asset:///absent.css",
        "report.css",
    ],
)
def test_nothing_but_our_own_assets_is_fetched(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        OwnAssets().fetch(address)


def test_our_own_assets_are_fetched() -> None:
    assert OwnAssets().fetch("asset:///report.css").read().startswith(b"/* The look of every report")


def test_a_document_that_names_a_secret_file_does_not_contain_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the-secret-words")
    html = (
        f'<link rel="attachment" href="{secret.as_uri()}"><img src="{secret.as_uri()}" alt="">'
        f"<style>@import url({secret.as_uri()});</style><p>Text</p>"
    )
    pdf = HTML(string=html, base_url=BASE_URL, url_fetcher=OwnAssets()).write_pdf(uncompressed_pdf=True)
    assert b"the-secret-words" not in pdf
    plain = HTML(string=html).write_pdf(uncompressed_pdf=True)
    assert b"the-secret-words" in plain  # what would happen without it
