"""Moving periods, counted from a moment in the site's zone, and periods that cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from backoffice.reports.forms import PeriodForm
from backoffice.reports.periods import ImpossiblePeriod, Moving, Period, resolve


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+00:00")


@pytest.mark.parametrize(
    ("name", "day", "first", "last"),
    [
        ("today", "2026-11-22", "2026-11-22", "2026-11-22"),
        ("yesterday", "2026-11-22", "2026-11-21", "2026-11-21"),
        ("yesterday", "2026-03-01", "2026-02-28", "2026-02-28"),
        ("yesterday", "2026-01-01", "2025-12-31", "2025-12-31"),
        ("last_7_days", "2026-11-22", "2026-11-15", "2026-11-21"),
        ("last_30_days", "2026-03-01", "2026-01-30", "2026-02-28"),
        ("this_week", "2026-11-22", "2026-11-16", "2026-11-22"),  # a Sunday
        ("last_week", "2026-11-22", "2026-11-09", "2026-11-15"),
        ("last_week", "2026-11-23", "2026-11-16", "2026-11-22"),  # a Monday
        ("last_working_week", "2026-11-22", "2026-11-09", "2026-11-13"),  # a Sunday
        ("last_working_week", "2026-11-23", "2026-11-16", "2026-11-20"),  # a Monday
        ("last_working_week", "2027-01-02", "2026-12-21", "2026-12-25"),
        ("this_month", "2026-11-01", "2026-11-01", "2026-11-01"),
        ("last_month", "2026-03-31", "2026-02-01", "2026-02-28"),
        ("last_month", "2028-03-01", "2028-02-01", "2028-02-29"),
        ("last_month", "2026-01-15", "2025-12-01", "2025-12-31"),
        ("last_quarter", "2026-01-01", "2025-10-01", "2025-12-31"),
        ("last_quarter", "2026-06-30", "2026-01-01", "2026-03-31"),
        ("last_quarter", "2026-07-01", "2026-04-01", "2026-06-30"),
        ("last_year", "2026-11-22", "2025-01-01", "2025-12-31"),
    ],
)
def test_a_moving_period_is_counted_from_the_moment(name: str, day: str, first: str, last: str) -> None:
    assert resolve(name, noon(day)) == Period(date.fromisoformat(first), date.fromisoformat(last))


def test_the_day_is_that_of_the_sites_zone() -> None:
    late_in_utc = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # already November in Paris
    assert resolve("last_month", late_in_utc) == Period(date(2026, 10, 1), date(2026, 10, 31))


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 22), 24)]
)
def test_a_day_lasts_as_long_as_its_clock_says(day: date, hours: int) -> None:
    period = Period(day, day)
    assert (period.end.astimezone(UTC) - period.start.astimezone(UTC)) == timedelta(hours=hours)


@given(st.integers(0, 15 * 366 * 24), st.sampled_from([name for name in Moving if name is not Moving.CUSTOM]))
def test_every_moving_period_is_whole_and_ends_by_today(hours: int, name: Moving) -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    period = resolve(name, moment)
    assert period.first <= period.last
    assert period.start <= moment
    assert len(period.days) <= 366


@pytest.mark.parametrize(
    ("start", "end", "field", "words"),
    [
        (None, None, "start", "first day"),
        ("2026-10-10", "2026-10-09", "end", "ends before it starts"),
        ("2026-11-23", None, "start", "in the future"),
        ("2026-11-01", "2026-12-01", "end", "in the future"),
        ("2025-01-01", "2026-06-01", "end", "longer than 366 days"),
    ],
)
def test_an_impossible_period_is_refused_at_the_date_at_fault(
    start: str | None, end: str | None, field: str, words: str
) -> None:
    days = [date.fromisoformat(day) if day else None for day in (start, end)]
    with pytest.raises(ImpossiblePeriod, match=words) as refused:
        resolve("custom", noon("2026-11-22"), *days)
    assert refused.value.field == field


def test_the_form_puts_the_complaint_beside_the_date() -> None:
    form = PeriodForm(
        {"period": "custom", "start": "2020-02-02", "end": "2020-02-01", "format": "pdf", "language": "en"}
    )
    assert not form.is_valid()
    assert "ends before it starts" in form.errors["end"][0]


def test_a_moving_period_ignores_dates_that_were_left_in_the_form() -> None:
    form = PeriodForm({"period": "today", "start": "2020-02-02", "format": "pdf", "language": "en"})
    assert form.is_valid()
    assert form.cleaned_data["start"] is None


@pytest.mark.parametrize(
    ("language", "first", "last", "words"),
    [
        ("en", "2026-10-01", "2026-10-31", "October 2026"),
        ("en", "2026-10-05", "2026-10-05", "5 October 2026"),
        ("en", "2026-10-01", "2026-10-15", "1–15 October 2026"),
        ("en", "2026-09-28", "2026-10-04", "28 September – 4 October 2026 (week 40)"),
        ("en", "2025-12-29", "2026-01-04", "29 December 2025 – 4 January 2026 (week 1)"),
        ("en", "2026-01-01", "2026-12-31", "2026"),
        ("fr", "2026-10-01", "2026-10-31", "octobre 2026"),
        ("fr", "2026-08-03", "2026-08-09", "du 3 au 9 août 2026 (semaine 32)"),
    ],
)
def test_a_period_is_written_as_people_write_it(language: str, first: str, last: str, words: str) -> None:
    with override(language):
        assert str(Period(date.fromisoformat(first), date.fromisoformat(last))) == words
