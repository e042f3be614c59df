"""Every figure, chart, table and row of every report, for many periods, against rows counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.utils.translation import override

from backoffice.reports import registry
from backoffice.reports.base import Order
from backoffice.reports.periods import Moving
from tasks_app.catalogue import label_of
from tests.figures.by_hand import Rows, by, day_of
from tests.figures.of_activity import activity, counts_of
from tests.figures.of_emails import emails
from tests.figures.of_overview import OF_WORDS, overview
from tests.figures.of_promises import lines, promises
from tests.figures.past import DAY
from tests.figures.reading import Figures_, figures_of, rows_of

# Beside those that have a name: a day of 23 hours, one of 25, and what no name covers.
CUSTOM = (
    (date(2026, 3, 29), date(2026, 3, 29)),
    (date(2026, 10, 25), date(2026, 10, 25)),
    (date(2026, 3, 1), date(2026, 3, 30)),
)
PERIODS = [*(one.value for one in Moving if one != Moving.CUSTOM), *CUSTOM]


def order_of(slug: str, now: datetime, period: Any = None) -> Order:
    kind = registry.find(slug)
    given: dict[str, Any] = {"language": "en"}
    if isinstance(period, tuple):
        given |= {"period": "custom", "start": period[0].isoformat(), "end": period[1].isoformat()}
    elif period:
        given |= {"period": period}
    return Order(kind, kind.clean(given), now, now, "")


def is_to_come(period: Any, now: datetime) -> bool:
    return isinstance(period, tuple) and period[1] > day_of(now)


def test_each_report_has_somebody_who_counts_it_by_hand() -> None:
    assert {one.slug for one in registry.report_types()} == EXPECTED.keys()


def order_in(rows: Rows, slug: str, period: Any) -> Any:
    """Of a report about days that have been in this past; some pasts end before others."""
    if is_to_come(period, rows.now):
        pytest.skip("It is to come in this past.")
    return order_of(slug, rows.now, period)


@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("slug", ["activity", "emails", "promises"])
def test_each_figure_of_a_period_is_what_the_rows_say(slug: str, period: Any, rows: Rows) -> None:
    with override("en"):
        order = order_in(rows, slug, period)
        said = figures_of(order.type.sections(order))
        expected = EXPECTED[slug](rows, order.period.first, order.period.last)
    assert said == expected


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_each_row_of_the_activity_file_is_what_the_rows_say(period: Any, rows: Rows) -> None:
    with override("en"):
        order = order_in(rows, "activity", period)
        said = rows_of(order.type.sheet(order), 3)
        expected: Figures_ = {}
        jobs = rows.launched(order.period.first, order.period.last)
        for (day, name), some in by(jobs, lambda job: (day_of(job["created_at"]), job["name"])).items():
            for column, value in counts_of(some).items():
                expected[str(day), str(label_of(name)), name, column] = value
    assert said == expected


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_each_row_of_the_file_of_promises_is_what_the_rows_say(period: Any, rows: Rows) -> None:
    with override("en"):
        order = order_in(rows, "promises", period)
        said = rows_of(order.type.sheet(order), 2)
        expected = lines(rows, order.period.first, order.period.last)
    assert said == expected


def test_each_figure_of_the_overview_is_what_the_rows_say(rows: Rows) -> None:
    with override("en"):
        order = order_of("overview", rows.now)
        health, *sections = order.type.sections(order)
        said = figures_of(sections)
    told = {name: value for name, value in said.items() if name[0] not in OF_WORDS or len(name) == 2}
    assert told == overview(rows)
    sentence = str(health.text)
    since = rows.now - DAY
    ended = sum(rows.ended(state, since) for state in ("succeeded", "failed", "cancelled"))
    failed = sum(job["ended_at"] >= since for job in rows.need_somebody)
    says = f"Of {ended} jobs that ended in the last 24 hours {failed} failed and are not repaired."
    assert says in sentence
    assert "Everything" not in sentence


EXPECTED: dict[str, Callable[..., Figures_]] = {
    "activity": activity,
    "emails": emails,
    "overview": overview,
    "promises": promises,
}
