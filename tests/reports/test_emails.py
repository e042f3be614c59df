"""The Emails report: its parts add up to the whole they name, and it claims no more than is known."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.models import MessageState
from backoffice.reports import making
from backoffice.reports.base import Order
from backoffice.reports.mail_counts import Mail
from backoffice.reports.periods import Period
from backoffice.reports.registry import find
from backoffice.reports.sections import Chart, Figures, Section, Share, Table, Words
from tasks_app.models import State
from tests.reports.reading import rows

OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 3, 6, tzinfo=UTC)
LEFT_WELL = "Every email of this period left well."

type Sections = list[Section]


def sections(moment: datetime = NOVEMBER) -> Sections:
    kind = find("emails")
    form = kind.form({"period": "last_month", "language": "en", "format": "pdf"})
    assert form.is_valid(), form.errors
    return list(kind.sections(Order(kind, form.cleaned_data, moment, moment, "")))


def one_of[S: Section](kind: type[S], found: Sections, title: str = "") -> S:
    [only] = [one for one in found if isinstance(one, kind) and title in str(one.title)]
    return only


def tiles(found: Sections) -> dict[str, tuple[int, str]]:
    return {str(one.label): (one.value, str(one.note)) for one in one_of(Figures, found).figures}


def numbers(note: str) -> list[int]:
    return [int(word) for word in note.replace(",", " ").split() if word.isdecimal()]


@pytest.fixture
def mixture(add_message: Callable[..., Any], add_job: Callable[..., Any]) -> Counter[str]:
    """Messages of each state and jobs that left none; by what each is."""
    chance, made = random.Random(7), Counter[str]()
    for _one in range(150):
        state = chance.choice(list(MessageState))
        at = OCTOBER + timedelta(days=chance.randint(0, 20), hours=chance.randint(0, 12))
        add_message(at, state=state, template_name=chance.choice(["", "Welcome", "Invoice"]))
        made[state.value] += 1
    for end in [State.FAILED] * 4 + [State.CANCELLED, State.WAITING, State.WAITING, State.RUNNING]:
        add_job(OCTOBER, end)
        made["without" if end in (State.FAILED, State.CANCELLED) else "not yet"] += 1
    add_job(OCTOBER, State.FAILED, name="tasks_app.tasks.rapport_pdf")  # sends nothing
    with_message = add_job(OCTOBER, State.FAILED)
    add_message(OCTOBER, state=MessageState.FAILED, job_id=with_message.pk)
    made["failed"] += 1
    return made


def total(made: Counter[str], *parts: str) -> int:
    return sum(made[part] for part in parts)


def test_the_tiles_add_up_and_so_does_what_each_is_made_of(mixture: Counter[str]) -> None:
    figures = tiles(sections())
    assert {label: value for label, (value, _note) in figures.items()} == {
        "Emails": mixture.total(),
        "Accepted": total(mixture, "sent", "delivered", "bounced", "complained"),
        "Not sent": total(mixture, "failed", "suppressed", "stopped"),
        "Not settled": total(mixture, "queued", "submitting", "unknown", "not yet", "without"),
    }
    whole, *parts = figures.values()
    assert whole[0] == sum(value for value, _note in parts)
    for value, note in parts:
        assert sum(numbers(note)) == value, note


def test_the_table_of_states_the_chart_and_the_templates_each_add_up_to_the_whole(
    mixture: Counter[str],
) -> None:
    found = sections()
    *states, last = one_of(Table, found, "What became of them").rows
    assert last[2] == mixture.total() == sum(row[2] for row in states)
    assert sum(row[3].value for row in states) == pytest.approx(1)
    chart = one_of(Chart, found)
    assert sum(sum(filter(None, series.values)) for series in chart.series) == mixture.total()
    templates = one_of(Table, found, "By template").rows
    assert sum(row[1] for row in templates) == mixture.total()
    for _name, emails, accepted, back, unsent, unsettled, rate in templates:
        assert emails == accepted + unsent + unsettled
        assert back <= accepted
        assert rate is None or isinstance(rate, Share)


def test_the_list_of_troubles_is_as_long_as_what_did_not_arrive(mixture: Counter[str]) -> None:
    trouble = one_of(Table, sections(), "need a look")
    assert len(trouble.rows) == total(
        mixture, "bounced", "complained", "failed", "suppressed", "stopped", "unknown"
    )


def test_a_spreadsheet_has_a_line_for_each_email(mixture: Counter[str], data_dir: Any) -> None:
    made = making.make("emails", {"format": "csv"}, moment=NOVEMBER)
    lines = rows(made)
    assert len(lines) == mixture.total()
    assert sum(line["State"] == "Without a message" for line in lines) == mixture["without"]
    assert all(line["To"] for line in lines)


# --- What is claimed -------------------------------------------------------------------------------------


def said(moment: datetime = NOVEMBER) -> str:
    trouble = one_of(Table, sections(moment), "need a look")
    assert not trouble.rows
    return str(trouble.empty)


def test_every_email_left_well_where_that_is_so(add_message: Callable[..., Any], add_job: Any) -> None:
    job = add_job(OCTOBER)
    add_message(OCTOBER, state=MessageState.SENT, job_id=job.pk)
    assert said() == LEFT_WELL
    assert tiles(sections())["Not settled"] == (0, "All are settled")


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED, State.UNKNOWN, State.SUCCEEDED])
def test_a_job_of_before_that_left_no_message_is_counted_and_named(
    add_message: Callable[..., Any], add_job: Callable[..., Any], state: State
) -> None:
    add_message(OCTOBER, state=MessageState.DELIVERED)
    add_job(OCTOBER, state)
    found = sections()
    assert "1 job of this period" in str(one_of(Words, found).text)
    assert tiles(found)["Emails"][0] == 2
    assert "1 without a message" in tiles(found)["Not settled"][1]
    assert said() != LEFT_WELL


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING])
def test_one_that_is_still_on_its_way_has_not_left(
    add_message: Callable[..., Any], add_job: Callable[..., Any], state: State
) -> None:
    add_message(OCTOBER, state=MessageState.DELIVERED)
    add_job(OCTOBER, state)
    assert "on their way" in said()
    assert tiles(sections())["Not settled"] == (1, "1 on their way")


def test_of_a_period_whose_jobs_were_removed_no_more_is_claimed_than_is_on_record(
    add_message: Callable[..., Any], settings: Any
) -> None:
    add_message(OCTOBER, state=MessageState.DELIVERED)
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"jobs": 7}
    assert "on record" in said()
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"jobs": 0}
    assert said() == LEFT_WELL


def test_only_jobs_without_a_message_make_a_report_too(add_job: Callable[..., Any]) -> None:
    add_job(OCTOBER, State.FAILED)
    assert tiles(sections())["Emails"][0] == 1


def test_the_hours_of_one_day_add_up_on_the_days_when_the_clocks_change(
    add_message: Callable[..., Any], add_job: Callable[..., Any]
) -> None:
    day = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight in Paris; this day has 25 hours
    for hour in range(25):
        add_message(day + timedelta(hours=hour), state=MessageState.SENT)
    add_job(day + timedelta(hours=3), State.FAILED)
    mail = Mail(Period(day.date() + timedelta(days=1), day.date() + timedelta(days=1)), NOVEMBER)
    assert mail.total == 26
