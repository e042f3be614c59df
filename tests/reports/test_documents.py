"""Reports made from real rows, and the PDF read back."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pdfplumber
import pytest
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from pypdf import PdfReader
from pypdf.generic import NullObject

from backoffice.models import MessageState
from backoffice.reports import making, pdf
from backoffice.reports.base import Order, ReportType
from backoffice.reports.errors import CannotOrder
from backoffice.reports.sections import Column, Section, Table, Words
from tasks_app.models import Node, ScheduleOptions, State
from tests.reports.reading import content, pages, text

pytestmark = pytest.mark.once

OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 3, 6, tzinfo=UTC)


def make(slug: str, **parameters: Any) -> making.Made:
    return making.make(slug, parameters, moment=NOVEMBER)


def test_activity_counts_the_jobs_of_its_period_alone(add_job: Callable[..., Any]) -> None:
    first, last = datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC)
    (
        add_job(first),
        add_job(last),
        add_job(OCTOBER, State.FAILED, error_class="x.Refused", error="No such reader."),
    )
    add_job(first - timedelta(seconds=1)), add_job(last + timedelta(seconds=1))  # not of October in Paris
    read = text(make("activity"))
    assert "October 2026" in read
    assert "Send an email 3 2 1 0 0 66.7%" in read
    assert "Refused, from before causes were kept" in read
    assert "No such reader." not in read  # what a row says of one job is on that job's page
    assert "Mon 5 Oct 2026 1 0 1 0 0 0%" in read


def test_durations_are_the_median_and_the_95th_percentile_by_nearest_rank(
    add_job: Callable[..., Any],
) -> None:
    for seconds in range(1, 101):
        add_job(OCTOBER, seconds=seconds)
    read = text(make("activity"))
    assert "100% 50 s 1 min 35 s" in read


def test_french_dates_and_numbers_are_french(add_job: Callable[..., Any]) -> None:
    for number in range(1, 1202):
        add_job(OCTOBER, State.FAILED if number % 3 == 0 else State.SUCCEEDED)
    made = make("activity", language="fr")
    read = text(made)
    assert "octobre 2026" in read
    assert "1 201" in read  # a space between thousands
    assert "66,7" in read  # a comma before decimals
    assert "lun" in read.lower()
    assert made.report.file_name.endswith("octobre 2026.pdf")


@pytest.mark.parametrize("slug", ["activity", "emails"])
def test_an_empty_period_says_so_in_a_sentence(db: None, slug: str) -> None:
    [only] = pages(make(slug))
    assert "in this period, so there is nothing to report" in only
    assert "1 / 1" in only


def test_emails_lists_each_failure_with_its_reason(add_message: Callable[..., Any]) -> None:
    add_message(OCTOBER, state=MessageState.SENT, template_name="Bienvenue à bord")
    add_message(
        OCTOBER,
        state=MessageState.FAILED,
        to="élise@example.org",
        template_name="Bienvenue à bord",
        error="Refusé",
    )
    read = text(make("emails"))
    assert "élise@example.org" in read
    assert "Refusé" in read
    assert "Bienvenue à bord 2 1 0 1 0 50.0%" in read
    listed = read.partition("Emails that need a look")[2].partition("What the figures count")[0]
    assert "reader" not in listed


def test_a_security_mail_is_counted_and_its_subject_never_shown(add_message: Callable[..., Any]) -> None:
    add_message(OCTOBER, security=True, subject="Reset for Jane", state=MessageState.FAILED)
    assert "Reset for Jane" not in text(make("emails"))
    assert b"Reset for Jane" not in content(make("emails", format="csv"))


def test_overview_shows_the_stack_on_one_page(db: None) -> None:
    now = timezone.now()
    Node.objects.create(
        name="worker-1",
        kind="worker",
        started_at=now,
        beat_at=now,
        details={"queues": ["high"], "concurrency": 4},
    )
    [only] = pages(making.make("overview", {}))
    assert "worker-1" not in only
    for words in (
        "Worker 1 high 4",
        "Django 5.2.",
        "high",
        "Results",
        "Broker does not answer",
        "No clock is running",
    ):
        assert words in only


def test_overview_stays_on_one_page_however_much_there_is(db: None) -> None:
    now = timezone.now()
    hourly = IntervalSchedule.objects.create(every=1, period="hours")
    for number in range(20):
        mask = number % 7 + 1
        read = {"queues": [queue for bit, queue in enumerate(("high", "default", "low")) if mask >> bit & 1]}
        Node.objects.create(
            name=f"worker-{number:02}", kind="worker", started_at=now, beat_at=now, details=read
        )
        schedule = PeriodicTask.objects.create(name=f"Schedule {number:02}", task="x.y", interval=hourly)
        moments = {"next_slot": now + timedelta(hours=number), "anchor": now}
        ScheduleOptions.objects.update_or_create(schedule=schedule, defaults=moments)
    [only] = pages(making.make("overview", {}))
    assert "And 17 more that run later." in only
    assert "And 4 more." in only


def test_overview_asks_the_broker_how_much_waits(db: None, broker: Any) -> None:
    broker.client.rpush("high", "a", "b", "c")
    [only] = pages(making.make("overview", {}))
    assert "Broker does not answer" not in only
    assert "high Open 0 0 0 3" in only


@pytest.fixture(autouse=True)
def soon_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that 150 rows are set as 1,500 are in life."""
    monkeypatch.setattr(pdf, "LONG", 60)


class Long(ReportType):
    """A report of as many rows as one likes."""

    slug = "long"
    title = "Long"
    description = "Rows and rows."
    groups = frozenset()
    rows = 0

    def subject(self, order: Order) -> str:
        return "every row"

    def sections(self, order: Order) -> list[Section]:
        columns = [Column("Number", 20), Column("What it is", 80)]
        rows = [[f"n{number}", f"Row {number}, été"] for number in range(self.rows)]
        return [Table("All rows", columns, rows, empty="None."), Words("The end.")]


@cache
def long_pdf(rows: int) -> tuple[bytes, int]:
    """Made once for all who look at it."""
    return make_long_pdf(rows)


def make_long_pdf(rows: int) -> tuple[bytes, int]:
    kind = Long()
    kind.rows = rows
    moment = datetime(2026, 11, 3, tzinfo=UTC)
    order = Order(kind, {"language": "en", "format": "pdf"}, moment, moment, "Ann Example")
    target = io.BytesIO()
    count = pdf.write(order, kind.sections(order), target, lambda percent, note: None)
    return target.getvalue(), count


@pytest.mark.parametrize("rows", [40, 150])  # laid out, and painted
def test_pages_are_numbered_heads_repeated_and_no_row_lost(rows: int) -> None:
    made, count = long_pdf(rows)
    with pdfplumber.open(io.BytesIO(made)) as read:
        texts = [page.extract_text() for page in read.pages]
    assert len(texts) == count
    for number, page in enumerate(texts, start=1):
        assert f"{number} / {count}" in page
        assert page.count(f" / {count}") == 1
    for page in texts[:-1]:
        assert page.count("What it is") == 1
    found = [line.split()[0] for page in texts for line in page.splitlines() if ", été" in line]
    assert found == [f"n{number}" for number in range(rows)]
    assert "The end." in texts[-1]


def test_the_joints_of_a_long_table_leave_no_hole() -> None:
    made, _pages = long_pdf(150)
    with pdfplumber.open(io.BytesIO(made)) as read:
        on_page = [page.extract_text().count(", été") for page in read.pages]
    assert len(set(on_page[1:-1])) == 1  # each inner page is as full as the next


@pytest.mark.parametrize("rows", [3, 150])
def test_a_pdf_is_tagged_titled_and_says_its_language(rows: int) -> None:
    read = PdfReader(io.BytesIO(long_pdf(rows)[0]))
    root: Any = read.trailer["/Root"]
    assert read.metadata is not None
    assert read.metadata.title == "Long – every row"
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    tree = root["/StructTreeRoot"]
    numbers = [int(number) for number in tree["/ParentTree"]["/Nums"][0::2]]
    assert numbers == sorted(set(numbers))
    for page in read.pages:  # each page's text leads back to tags of that page
        place = numbers.index(int(page["/StructParents"]))
        entries = tree["/ParentTree"]["/Nums"][place * 2 + 1].get_object()
        tags = [one.get_object() for one in entries]  # of what repeats there is none
        assert {tag["/Pg"].get_object() == page for tag in tags if not isinstance(tag, NullObject)} == {True}


@pytest.mark.parametrize("rows", [3, 150])
def test_the_same_input_gives_the_same_bytes(rows: int) -> None:
    assert make_long_pdf(rows) == long_pdf(rows)


def test_rows_beyond_the_cap_are_left_out_with_a_sentence(
    add_message: Callable[..., Any], settings: Any
) -> None:
    settings.REPORT_MAX_ROWS = 3
    for _number in range(5):
        add_message(OCTOBER, state=MessageState.BOUNCED)
    made = make("emails")
    assert "Only the first 3 of 5 rows are printed here" in text(made)
    assert text(made).partition("Emails that need a look")[2].count("Bounced") == 3


def test_an_unknown_report_is_refused_with_the_names_there_are(db: None) -> None:
    with pytest.raises(CannotOrder, match="no report called “turnover”"):
        make("turnover")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (
            {"period": "custom", "start": "2026-10-02", "end": "2026-10-01"},
            "Last day: The period ends before it starts",
        ),
        ({"period": "someday"}, "Period: Select a valid choice"),
        ({"colour": "red"}, "no parameter colour"),
        ({"language": "tlh"}, "Language: Select a valid choice"),
        ({"format": "docx"}, "Format: Select a valid choice"),
        (
            {"period": "custom", "start": date(2026, 10, 2).isoformat(), "end": "31 Feb"},
            "Last day: Enter a valid date",
        ),
    ],
)
def test_parameters_that_do_not_fit_are_refused_in_a_sentence(
    db: None, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(CannotOrder, match=words):
        make("activity", **parameters)
