"""The pages on which a report can be asked: on screen, its rows, made again, compared with today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.models import Download, Report, Snapshot
from backoffice.reports import making
from backoffice.reports.sections import Table
from backoffice.reports.snapshots.again import make_again
from backoffice.reports.snapshots.reading import kept_of
from tasks_app.models import Job, State

NOVEMBER = datetime(2026, 11, 3, 6, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)
JOBS, FAILED = 120, 60
PAGES = ("screen", "today", "again", "made_again")

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(add_job: Callable[..., Job]) -> Report:
    """The activity of October, which staff may not see."""
    for number in range(JOBS):
        add_job(OCTOBER + timedelta(minutes=number), State.FAILED if number % 2 else State.SUCCEEDED)
    return make("activity")


def make(slug: str, **parameters: Any) -> Report:
    made = making.make(slug, {"language": "en", **parameters}, moment=NOVEMBER)
    made.record()
    return made.report


def page(report: Report, name: str, *place: str) -> str:
    return reverse(f"admin:backoffice_report_{name}", args=[report.pk, *place])


def read(client: Client, address: str, **given: str) -> str:
    answer = client.get(address, given)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def reader(client: Client, person: Callable[..., Any]) -> Client:
    client.force_login(person("Support"))
    return client


def test_who_may_not_see_the_report_sees_none_of_its_pages(
    client: Client, person: Callable[..., Any], report: Report
) -> None:
    client.force_login(person("Staff"))
    addresses = [*(page(report, name) for name in PAGES), page(report, "rows", "1-0")]
    assert {client.get(address).status_code for address in addresses} == {403}
    assert client.post(page(report, "again")).status_code == 403
    assert not Job.objects.filter(name__endswith="make_report_again").exists()


def test_each_link_of_the_page_on_screen_leads_to_as_many_rows_as_it_says(
    reader: Client, report: Report
) -> None:
    said = read(reader, page(report, "screen"))
    assert f'href="{page(report, "rows", "1-2")}">{FAILED}</a>' in said
    assert f"Failed, 5 Oct: {FAILED}</title>" in said  # under the pointer
    assert 'role="tooltip">Jobs launched in the period that ended with an error' in said
    rows = read(reader, page(report, "rows", "1-2"))
    assert f"{FAILED} rows are behind it." in rows
    assert rows.count("as it was") == 50
    assert read(reader, page(report, "rows", "1-2"), p="2").count("as it was") == FAILED - 50
    assert [one.preview for one in Download.objects.all()] == [True]


def test_the_list_says_which_rows_are_gone_and_which_changed(reader: Client, report: Report) -> None:
    gone, changed = Job.objects.filter(state=State.FAILED).order_by("created_at")[:2]
    gone.delete()
    Job.objects.filter(pk=changed.pk).update(state=State.SUCCEEDED)
    said = read(reader, page(report, "rows", "1-2"))
    assert "On this page 1 row is gone since." in said
    assert "State: Failed → Succeeded" in said
    compared = read(reader, page(report, "today"))
    assert "1 gone, 0 came, 1 changed" in compared
    assert page(report, "rows", "1-2") in compared


def test_nothing_moved_says_so(reader: Client, report: Report) -> None:
    assert "No figure moved" in read(reader, page(report, "today"))


def test_what_is_no_figure_is_not_there(reader: Client, report: Report) -> None:
    for place in ("1-99", "all", "x", "2-all-1", "99-0"):
        assert reader.get(page(report, "rows", place)).status_code == 404


def test_a_report_without_a_snapshot_says_so(reader: Client, report: Report) -> None:
    Snapshot.objects.all().delete()
    for address in (page(report, "screen"), page(report, "today"), page(report, "rows", "1-0")):
        answer = reader.get(address)
        assert (answer.status_code, b"were not kept" in answer.content) == (404, True)
    said = read(reader, page(report, "change"))
    assert "it was made before reports kept their rows" in said
    assert page(report, "again") not in said


def test_what_came_of_making_it_again_is_on_its_page(reader: Client, report: Report) -> None:
    assert reader.post(page(report, "again")).status_code == 302
    assert Job.objects.filter(name="tasks_app.report_tasks.make_report_again").count() == 1
    make_again(report, by="", progress=lambda percent, note: None).record()
    assert "the very same file" in read(reader, page(report, "change"))
    assert reader.get(page(report, "made_again"))["Location"] == page(report, "download")


def test_a_long_table_is_read_by_pages_and_leads_to_all_its_rows(
    client: Client, superuser: Any, add_message: Callable[..., Any]
) -> None:
    for number in range(130):
        add_message(OCTOBER + timedelta(minutes=number), state="failed")
    client.force_login(superuser)
    report = make("emails")
    kept = kept_of(report)
    assert kept is not None
    [table] = [one for one in kept.sections if isinstance(one, Table) and kept.length_of_table(one.key)]
    said = read(client, page(report, "screen"), **{f"rows-{table.key}": "2"})
    assert "101–130 of 130" in said
    assert "130 rows are behind it." in read(client, page(report, "rows", f"{table.key}-all"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_spreadsheet_is_read_and_compared_too(
    form: str, client: Client, superuser: Any, add_message: Callable[..., Any]
) -> None:
    for number in range(3):
        add_message(OCTOBER + timedelta(minutes=number), state="failed", to=f"reader{number}@example.org")
    client.force_login(superuser)
    report = make("emails", format=form)
    assert "reader2@example.org" in read(client, page(report, "screen"))
    assert "3 rows are behind it." in read(client, page(report, "rows", "sheet-all"))
    add_message(OCTOBER, state="failed")
    assert "0 gone, 1 came, 0 changed" in read(client, page(report, "today"))
