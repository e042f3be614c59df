"""Working, rolling and fiscal periods; the same days a year before; the days before and after."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from backoffice.reports.forms import PeriodForm
from backoffice.reports.periods import ImpossiblePeriod, Moving, Period, fiscal, resolve
from backoffice.reports.periods.shifting import one_after, one_before, year_before_of
from tasks_app.models import Calendar
from tests.reports.test_periods import noon

pytestmark = pytest.mark.once
MOVING = [name for name in Moving if name not in (Moving.CUSTOM, Moving.LAST_WORKING_DAY)]
DAYS = st.dates(date(1905, 1, 1), date(2200, 1, 1))


def period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("start", "name", "day", "first", "last"),
    [
        ("01-01", "last_28_days", "2026-03-01", "2026-02-01", "2026-02-28"),
        ("01-01", "last_90_days", "2026-11-22", "2026-08-24", "2026-11-21"),
        ("01-01", "this_quarter", "2026-11-22", "2026-10-01", "2026-11-22"),
        ("01-01", "last_fiscal_year", "2026-11-22", "2025-01-01", "2025-12-31"),
        ("07-01", "last_fiscal_year", "2026-06-30", "2024-07-01", "2025-06-30"),
        ("07-01", "last_fiscal_year", "2026-07-01", "2025-07-01", "2026-06-30"),
        ("07-01", "last_fiscal_quarter", "2026-07-01", "2026-04-01", "2026-06-30"),
        ("04-06", "this_fiscal_year", "2026-04-05", "2025-04-06", "2026-04-05"),
        ("04-06", "last_fiscal_quarter", "2026-04-06", "2026-01-06", "2026-04-05"),
        ("08-31", "last_fiscal_quarter", "2024-03-01", "2023-11-30", "2024-02-28"),
        ("08-31", "this_fiscal_quarter", "2024-02-29", "2024-02-29", "2024-02-29"),
    ],
)
def test_periods_of_the_house(settings: Any, start: str, name: str, day: str, first: str, last: str) -> None:
    settings.FISCAL_YEAR_START = start
    assert resolve(name, noon(day)) == period(first, last)


@given(DAYS, st.dates(date(2001, 1, 1), date(2001, 12, 31)))
def test_fiscal_quarters_cover_each_day_once(day: date, start: date) -> None:
    from django.test import override_settings

    with override_settings(FISCAL_YEAR_START=f"{start:%m-%d}"):
        first, last = fiscal.quarter_of(day)
        assert first <= day <= last
        year = fiscal.year_of(day)
        assert year[0] <= first <= last <= year[1]
        assert fiscal.quarter_of(first) == fiscal.quarter_of(last) == (first, last)
        assert (year[1] - year[0]).days in (364, 365)


@pytest.mark.parametrize(
    ("name", "day", "first", "last"),
    [
        ("last_month", "2029-03-05", "2028-02-01", "2028-02-29"),
        ("last_month", "2028-03-05", "2027-02-01", "2027-02-28"),
        ("last_week", "2026-11-22", "2025-11-10", "2025-11-16"),
        ("last_week", "2027-01-08", "2025-12-22", "2025-12-28"),  # week 53 of 2026: 2025 has 52
        ("last_28_days", "2028-03-01", "2027-02-01", "2027-02-28"),  # up to 29 February
        ("last_quarter", "2026-11-22", "2025-07-01", "2025-09-30"),
        ("this_month", "2026-11-22", "2025-11-01", "2025-11-22"),
        ("yesterday", "2028-03-01", "2027-02-28", "2027-02-28"),
    ],
)
def test_the_same_a_year_before(name: str, day: str, first: str, last: str) -> None:
    assert resolve(name, noon(day), a_year_before=True) == period(first, last)


@given(st.integers(0, 15 * 366), st.sampled_from(MOVING))
def test_a_year_before_is_as_long_but_for_leap_days_and_over(days: int, name: Moving) -> None:
    moment = datetime.fromordinal(date(2024, 1, 1).toordinal() + days).replace(tzinfo=UTC, hour=12)
    now, then = resolve(name, moment), resolve(name, moment, a_year_before=True)
    assert abs(len(now.days) - len(then.days)) <= 1
    assert 350 <= (now.first - then.first).days <= 372


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "found"),
    [("2026-11-30", "2026-11-27"), ("2026-12-01", "2026-11-30"), ("2026-05-04", "2026-04-30")],
)
def test_the_last_working_day_is_that_of_the_house(settings: Any, day: str, found: str) -> None:
    settings.REPORT_CALENDAR = "The house"
    Calendar.objects.create(name="The house", country="FR")
    assert resolve("last_working_day", noon(day)) == period(found, found)


@pytest.mark.django_db
def test_without_a_calendar_it_is_monday_to_friday_and_a_missing_one_is_a_sentence(
    settings: Any,
) -> None:
    settings.REPORT_CALENDAR = ""
    assert resolve("last_working_day", noon("2026-05-04")) == period("2026-05-01", "2026-05-01")
    settings.REPORT_CALENDAR = "Elsewhere"
    with pytest.raises(ImpossiblePeriod, match="no calendar called “Elsewhere”"):
        resolve("last_working_day", noon("2026-05-04"))
    form = PeriodForm({"period": "last_working_day", "format": "pdf", "language": "en"})
    assert "REPORT_CALENDAR" in form.errors["period"][0]


@pytest.mark.django_db
def test_a_house_that_never_works_has_no_last_working_day(settings: Any) -> None:
    settings.REPORT_CALENDAR = "Closed"
    Calendar.objects.create(name="Closed", days_off="2024-01-01 – 2024-12-31\n2025-01-01 – 2025-12-31")
    with pytest.raises(ImpossiblePeriod, match="no working day"):
        resolve("last_working_day", noon("2025-12-30"))


@pytest.mark.parametrize("name", ["", "last_fortnight", "LAST_MONTH", "\x00", "custom "])
def test_a_name_that_is_none_is_a_sentence(name: str) -> None:
    with pytest.raises(ImpossiblePeriod, match="one of the periods on offer"):
        resolve(name, noon("2026-11-22"))


def test_dates_at_the_edge_of_what_is_kept_go_no_further_back() -> None:
    with pytest.raises(ImpossiblePeriod, match="too long ago"):
        resolve("custom", noon("2026-11-22"), date(1900, 5, 1), date(1900, 5, 2), a_year_before=True)


@given(DAYS, st.integers(0, 365))
def test_before_and_after_touch_and_lead_back(first: date, length: int) -> None:
    now = Period(first, date.fromordinal(first.toordinal() + length))
    before, after = one_before(now), one_after(now)
    assert (now.first - before.last).days == 1 == (after.first - now.last).days
    assert one_after(before) == now == one_before(after)


@pytest.mark.parametrize(
    ("days", "before", "after", "a_year_before"),
    [
        ("2026-10-01 2026-10-31", "2026-09-01 2026-09-30", "2026-11-01 2026-11-30", "2025-10-01 2025-10-31"),
        ("2026-02-01 2026-02-28", "2026-01-01 2026-01-31", "2026-03-01 2026-03-31", "2025-02-01 2025-02-28"),
        ("2026-07-01 2026-09-30", "2026-04-01 2026-06-30", "2026-10-01 2026-12-31", "2025-07-01 2025-09-30"),
        ("2026-11-09 2026-11-15", "2026-11-02 2026-11-08", "2026-11-16 2026-11-22", "2025-11-10 2025-11-16"),
    ],
)
def test_a_month_precedes_a_month_and_a_week_a_week(
    days: str, before: str, after: str, a_year_before: str
) -> None:
    now = period(*days.split())
    found = (one_before(now), one_after(now), year_before_of(now))
    assert found == (period(*before.split()), period(*after.split()), period(*a_year_before.split()))


@pytest.mark.parametrize(
    ("language", "start", "first", "last", "words"),
    [
        ("en", "01-01", "2026-07-01", "2026-09-30", "Q3 2026"),
        ("fr", "01-01", "2026-07-01", "2026-09-30", "T3 2026"),
        ("en", "07-01", "2025-07-01", "2026-06-30", "fiscal year 2025/26"),
        ("fr", "07-01", "2025-07-01", "2026-06-30", "exercice 2025/26"),
        ("en", "01-01", "2026-01-01", "2026-12-31", "2026"),
        ("en", "07-01", "2026-01-01", "2026-12-31", "2026"),
        ("en", "01-01", "2026-11-09", "2026-11-15", "9–15 November 2026 (week 46)"),
        ("en", "01-01", "2026-11-10", "2026-11-16", "10–16 November 2026"),
        ("en", "01-01", "2026-08-01", "2026-10-31", "1 August – 31 October 2026"),
    ],
)
def test_what_has_a_name_is_called_by_it(
    settings: Any, language: str, start: str, first: str, last: str, words: str
) -> None:
    settings.FISCAL_YEAR_START = start
    with override(language):
        assert str(period(first, last)) == words


def test_an_order_says_a_year_before_only_where_it_is_so() -> None:
    asked = {"period": "last_month", "format": "pdf", "language": "en"}
    for given_, kept in (({}, None), ({"a_year_before": ""}, None), ({"a_year_before": "on"}, True)):
        form = PeriodForm(asked | given_)
        assert form.is_valid()
        assert form.cleaned_data["a_year_before"] is kept
