"""Jobs as files: what matches, as the page shows it, harmless in a spreadsheet, and written down."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from tasks_app.admin.jobs import export
from tasks_app.models import State
from tests.pages.work import EMAIL, a_job, person

pytestmark = pytest.mark.django_db

PAGE = "/admin/tasks_app/job/export/"
RIGHTS = ("tasks_app.view_job", "tasks_app.export_job")
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", " =1", "'=1"]


def body(answer: Any) -> bytes:
    assert answer.status_code == 200
    assert answer.streaming
    return b"".join(answer.streaming_content)


def exported(client: Client, query: str = "", chosen: str = "csv") -> list[dict[str, Any]]:
    answer = client.post(PAGE + query, {"format": chosen})
    if chosen == "csv":
        return list(csv.DictReader(io.StringIO(body(answer).decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(body(answer))).active
    assert sheet is not None
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


@pytest.mark.parametrize("chosen", ["csv", "xlsx"])
def test_what_matches_is_exported_in_the_order_of_the_list(chosen: str) -> None:
    client, now = person(*RIGHTS), timezone.now()
    jobs = [
        a_job(State.FAILED, created_at=now - timedelta(minutes=number), about=f"p{number}@example.org").pk
        for number in range(5)
    ]
    a_job(State.SUCCEEDED)
    rows = exported(client, "?q=state:failed&queue=default", chosen)
    assert [row["Id"] for row in rows] == jobs
    assert {row["State"] for row in rows} == {"Failed"}


def test_pages_of_rows_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 2)
    jobs = {a_job().pk for _ in range(7)}
    rows = exported(person(*RIGHTS))
    assert len(rows) == 7
    assert {row["Id"] for row in rows} == jobs


@pytest.mark.parametrize("chosen", ["csv", "xlsx"])
def test_no_cell_becomes_a_formula(chosen: str) -> None:
    for text in FORMULAS:
        a_job(State.FAILED, about=text, error=text, queue=text.strip() or "q")
    client = person(*RIGHTS)
    answer = client.post(PAGE, {"format": chosen})
    if chosen == "csv":
        cells = [cell for row in csv.reader(io.StringIO(body(answer).decode("utf-8-sig"))) for cell in row]
        assert not [
            cell
            for cell in cells
            if cell.strip()[:1] in ("=", "+", "@", "＝") or (cell[:1] in "\t\r-" and cell)
        ]
    else:
        book = load_workbook(io.BytesIO(body(answer)))
        assert book.active is not None
        types = {cell.data_type for row in book.active.iter_rows() for cell in row}
        assert "f" not in types


@pytest.mark.parametrize("chosen", ["csv", "xlsx"])
def test_odd_texts_stay_in_their_cell(chosen: str) -> None:
    for text in ("a\x0bb\x1f", 'say "hi", then; go', "line\nline", "x" * 200, "東京", "<b>"):
        a_job(State.FAILED, about=text, error=text * 300)
    assert len(exported(person(*RIGHTS), "", chosen)) == 6


def test_it_asks_first_and_says_how_many_and_which() -> None:
    for _ in range(3):
        a_job(State.FAILED)
    page = unescape(person(*RIGHTS).get(f"{PAGE}?q=state:failed").content.decode())
    assert "3 that match" in page
    assert "Search words: state:failed" in page
    assert not LogEntry.objects.exists()


def test_the_audit_log_has_what_how_many_and_the_filter_in_words() -> None:
    for _ in range(3):
        a_job(State.FAILED)
    client = person(*RIGHTS)
    exported(client, "?state=failed")
    entry = LogEntry.objects.get()
    assert (
        "Exported 3 jobs as CSV: State: Failed" in str(entry.get_change_message())
        or "jobs_exported" in entry.change_message
    )
    admin_client = person("admin.view_logentry", name="boss")
    assert "Exported 3 jobs as CSV: State: Failed" in unescape(
        admin_client.get("/admin/admin/logentry/").content.decode()
    )


@pytest.mark.parametrize("rights", [(), RIGHTS[:1], RIGHTS[1:]])
def test_it_is_a_right_of_its_own(rights: tuple[str, ...]) -> None:
    client = person(*rights)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"format": "csv"}).status_code == 403
    if "tasks_app.view_job" in rights:
        assert PAGE not in client.get("/admin/tasks_app/job/").content.decode()


def test_a_file_has_so_many_rows_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST", {"csv": 2, "xlsx": 1})
    for _ in range(3):
        a_job()
    client = person(*RIGHTS)
    assert "beyond that many rows" in unescape(client.get(PAGE).content.decode())
    assert len(exported(client)) == 2
    assert len(exported(client, "", "xlsx")) == 1


@pytest.mark.parametrize("given", [{}, {"format": "exe"}, {"format": ""}])
def test_another_format_is_asked_for_again(given: dict[str, str]) -> None:
    a_job()
    answer = person(*RIGHTS).post(PAGE, given)
    assert answer.status_code == 200
    assert not answer.streaming
    assert not LogEntry.objects.exists()


def test_a_search_that_cannot_be_read_exports_nothing() -> None:
    a_job()
    assert exported(person(*RIGHTS), "?q=colour:red") == []


def test_moments_are_local_and_a_french_reader_gets_what_french_spreadsheets_open() -> None:
    client = person(*RIGHTS)
    a_job(name=EMAIL, created_at=timezone.now().replace(year=2026, month=11, day=12, hour=23, minute=30))
    client.cookies["django_language"] = "fr"
    lines = body(client.post(PAGE, {"format": "csv"})).decode("utf-8-sig").splitlines()
    assert ";" in lines[0]
    assert "2026-11-13 00:30" in lines[1]
