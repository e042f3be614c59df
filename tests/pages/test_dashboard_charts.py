"""What ended, by hour and by day: counted by the clock in small rows, exact at every moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.admin.charts import Chart, charts
from tasks_app.models import HourTally, Job, State, TallyProgress
from tasks_app.monitor import counters, hourly_counts
from tests.pages.rows import make_job

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 18, 11, 20, tzinfo=UTC)  # 12:20 in Paris, a Wednesday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ended(state: State, moment: datetime) -> Job:
    return make_job(state, created_at=moment, started_at=moment, ended_at=moment)


def some_history() -> None:
    for moment in (NOON - timedelta(seconds=5), NOON - HOUR, NOON - HOUR, NOON - 23 * HOUR, NOON - 6 * DAY):
        ended(State.SUCCEEDED, moment)
    ended(State.FAILED, NOON - HOUR)
    ended(State.CANCELLED, NOON - HOUR)
    ended(State.FAILED, NOON - 24 * HOUR)
    ended(State.SUCCEEDED, NOON - 7 * DAY)


def drawn(now: datetime = NOON) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]]:
    """(succeeded, failed) by label, of both charts, where anything ended."""

    def of(chart: Chart) -> dict[str, tuple[int, int]]:
        told = {one.label: (one.succeeded.count, one.failed.count) for one in chart.columns}
        assert chart.succeeded.count == sum(one.succeeded.count for one in chart.columns)
        return {label: pair for label, pair in told.items() if any(pair)}

    day, week = charts(now)
    return of(day), of(week)


EXPECTED = (
    {"13:00": (1, 0), "11:00": (2, 1), "12:00": (1, 0)},
    {"Thu 12": (1, 0), "Tue 17": (1, 1), "Wed 18": (3, 1)},
)


def clock(now: datetime, looks: int = 12) -> None:
    counters.count_ended(now)
    for _ in range(looks):
        hourly_counts.count_hours(now)


@pytest.mark.parametrize("looks", [0, 1, 3, 12])
def test_a_chart_is_the_same_however_far_the_clock_has_counted(looks: int) -> None:
    some_history()
    clock(NOON, looks)
    assert drawn() == EXPECTED


def test_what_is_counted_is_not_read_again_and_outlives_its_jobs() -> None:
    some_history()
    clock(NOON + timedelta(minutes=1))
    Job.objects.all().delete()
    assert drawn() == EXPECTED


def test_two_clocks_count_once() -> None:
    some_history()
    clock(NOON)
    for _clock in range(2):
        clock(NOON + timedelta(minutes=5))
    assert drawn() == EXPECTED


def test_after_a_week_without_a_clock_it_catches_up_and_forgets_what_is_old() -> None:
    some_history()
    clock(NOON)
    later = NOON + 20 * DAY
    ended(State.FAILED, later - 2 * DAY)
    clock(later)
    assert HourTally.objects.get().outcome == State.FAILED
    progress = TallyProgress.objects.get()
    assert progress.hours_until is not None
    assert later - progress.hours_until <= counters.SETTLED_AFTER


def test_a_chart_with_more_uncounted_jobs_than_it_reads_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hourly_counts, "UNCOUNTED", 2)
    some_history()
    day, _week = charts(NOON)
    assert day.until == NOON - 24 * HOUR
    clock(NOON + HOUR)
    assert charts(NOON + HOUR)[0].until is None


@pytest.mark.parametrize(
    ("now", "length"),
    [(datetime(2026, 10, 25, 22, 30, tzinfo=UTC), 25), (datetime(2026, 3, 29, 20, 30, tzinfo=UTC), 23)],
)
def test_a_day_of_a_clock_change_has_its_hours(now: datetime, length: int) -> None:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0)
    for number in range(length):
        ended(State.SUCCEEDED, midnight.astimezone(UTC) + number * HOUR)
    clock(now + 2 * HOUR, 20)
    _day, week = drawn(now)
    assert [good for good, _bad in week.values()] == [length]


def test_the_hour_that_autumn_has_twice_is_told_apart() -> None:
    day, _week = charts(datetime(2026, 10, 25, 11, 20, tzinfo=UTC))
    labels = [one.label for one in day.columns]
    assert {"02:00 CEST", "02:00 CET", "01:00", "03:00"} <= set(labels)
    assert len(set(labels)) == 24


def test_hours_are_those_of_the_office() -> None:
    with timezone.override("Asia/Kolkata"):
        assert hourly_counts.hour_of(NOON) == NOON.replace(minute=30) - HOUR


def test_each_figure_equals_what_its_list_shows(signed_in: Callable[[str], Client]) -> None:
    now = timezone.now()
    for minutes in (1, 1, 50, 70, 190, 2000, 5000):
        ended(State.SUCCEEDED, now - timedelta(minutes=minutes))
    ended(State.FAILED, now - timedelta(minutes=70))
    clock(now - timedelta(minutes=60))
    client = signed_in("Support")
    seen = 0
    for chart in client.get(reverse("admin:index")).context["charts"]:
        figures = [chart.succeeded, chart.failed]
        figures += [one for column in chart.columns for one in (column.succeeded, column.failed) if one.count]
        for figure in figures:
            assert len(client.get(figure.url).context["cl"].result_list) == figure.count
            seen += bool(figure.count)
    assert seen >= 8


def test_bars_are_drawn_to_one_scale_and_the_least_of_them_is_seen() -> None:
    for _ in range(99):
        ended(State.SUCCEEDED, NOON - HOUR)
    ended(State.FAILED, NOON - HOUR)
    day, _week = charts(NOON)
    [column] = [one for one in day.columns if one.succeeded.count]
    assert day.top == "100"
    assert column.failed.height == 2
    assert column.failed.y == 0
    assert column.succeeded.y + column.succeeded.height == day.height
