"""Ten years of every sort of crontab in five zones, against croniter: no run missing, none too many, none at
another time than the rule in judge.py says. And of intervals, against plain arithmetic."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tasks_app.schedules.rhythm import InvalidRhythm
from tasks_app.schedules.rhythm.kinds import IntervalRhythm, crontab_rhythm
from tasks_app.schedules.rhythm.moved import Nominal
from tests.clock.judge import end_of_gap, runs, wall_times

pytestmark = [pytest.mark.once, pytest.mark.sweep]

# Europe; the south, at midnight; half an hour's change; half an hour's offset; the south, two hours apart.
ZONES = ["Europe/Paris", "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland"]
BEGIN, END = datetime(2026, 1, 1), datetime(2035, 12, 31, 23, 59)  # noqa: DTZ001 - wall times

TEN_YEARS = [
    # daily, in the hours that go missing or come twice, and elsewhere
    "30 2 * * *", "0 0 * 3,4,9,10 *", "15 2 * 4,10 *", "45 1 * 4,10 *", "59 23 * 4,9 *", "5 3 * 9,10 *",
    # working days, weekends, names
    "0 7 * 1-5 1-5", "30 23 * * 6,0", "0 9 * * mon", "0 2 * * sun", "0 18 * * fri", "10 0 * * 0",
    # days of the month
    "0 6 1 * *", "0 0 1,15 * *", "0 12 31 * *", "30 2 28-31 * *", "0 5 */10 * *", "45 23 30 * *",
    # both days must match
    "0 0 13 * 5", "0 6 1-7 * 1", "30 2 25-31 3,10 0", "0 8 8-14 * tue", "0 0 29 2 *", "0 0 29 2 1",
    # months
    "0 4 1 1 *", "0 4 1 */3 *", "30 2 * 3,10 0", "0 0 * 9 *", "0 12 24-26 dec *", "15 10 4 7 *",
    # several times on rare days
    "*/20 1-3 * 3,4,9,10 0,6", "0,30 0-3 1-7 4,9,10 *", "0 */6 * * 0", "*/30 2 * 10 *",
    # every hour of some days: elapsed time
    "30 * * 3,4,9,10 0", "*/30 * 1-7 4,9,10 0,6",
]  # fmt: skip


def ours(rhythm: Nominal, first: datetime, last: datetime) -> list[datetime]:
    found, moment = [], rhythm.after(first - timedelta(microseconds=1))
    while moment is not None and moment <= last:
        found.append(moment)
        moment = rhythm.after(moment)
    return found


@pytest.mark.parametrize("fields", TEN_YEARS)
def test_ten_years_in_five_zones(fields: str) -> None:
    walls = list(wall_times(fields, BEGIN - timedelta(days=1), END + timedelta(days=1)))
    for zone in ZONES:
        rhythm = crontab_rhythm(*fields.split(), zone)
        first, last = (day.replace(tzinfo=tz.gettz(zone)).astimezone(UTC) for day in (BEGIN, END))
        expected = runs(walls, zone, every_hour=len(rhythm.hours) == 24)
        assert ours(rhythm, first, last) == [moment for moment in expected if first <= moment <= last], zone


# --- what runs every hour, where it matters: around each change of the clocks, and at midnights between -----

AROUND = timedelta(hours=2)  # of a change: what it skips or doubles is an hour at most
BETWEEN = timedelta(days=41)  # from one night to the next, so that all months and days are met
HOUR = timedelta(hours=1)


def offset(moment: datetime, zone: str) -> timedelta | None:
    return moment.astimezone(tz.gettz(zone)).utcoffset()


@cache
def changes(zone: str) -> list[datetime]:
    """The hours of the ten years after which the zone's clocks show another offset, in UTC."""
    days = [BEGIN.replace(tzinfo=UTC) + day * 24 * HOUR for day in range((END - BEGIN).days)]
    return [
        day + hour * HOUR
        for day in days
        if offset(day, zone) != offset(day + 24 * HOUR, zone)
        for hour in range(24)
        if offset(day + hour * HOUR, zone) != offset(day + (hour + 1) * HOUR, zone)
    ]


def nights(zone: str) -> list[datetime]:
    """Local midnights, all through the ten years."""
    number = (END - BEGIN) // BETWEEN
    return [(BEGIN + n * BETWEEN).replace(tzinfo=tz.gettz(zone)).astimezone(UTC) for n in range(1, number)]


@pytest.mark.parametrize("fields", ["0 * * * *", "*/15 * * * *", "* * * * *"])
def test_ten_years_of_every_hour_around_the_changes_and_at_midnights_between(fields: str) -> None:
    for zone in ZONES:
        rhythm = crontab_rhythm(*fields.split(), zone)
        assert len(changes(zone)) == (0 if zone == "Asia/Kolkata" else 20)
        windows = [(at - AROUND, at + AROUND) for at in changes(zone)]
        windows += [(at - HOUR / 2, at + HOUR / 2) for at in nights(zone)]
        for first, last in windows:
            wall = [edge.astimezone(tz.gettz(zone)).replace(tzinfo=None) for edge in (first, last)]
            walls = wall_times(fields, wall[0] - HOUR, wall[1] + HOUR)
            expected = [moment for moment in runs(walls, zone, every_hour=True) if first <= moment <= last]
            assert ours(rhythm, first, last) == expected, (zone, first)


# --- intervals, against seconds counted since 1970 ----------------------------------------------------------


@pytest.mark.parametrize(
    "period",
    [timedelta(minutes=90), timedelta(hours=7), timedelta(days=1), timedelta(days=13, seconds=1)],
    ids=str,
)
def test_ten_years_of_intervals_in_five_zones(period: timedelta) -> None:
    """Counted from a moment on the wall of each zone, whatever its clocks do afterwards."""
    for zone in ZONES:
        anchor, last = (moment.replace(tzinfo=ZoneInfo(zone)) for moment in (BEGIN, END))
        seconds = range(int(anchor.timestamp()), int(last.timestamp()) + 1, int(period.total_seconds()))
        expected = [datetime.fromtimestamp(moment, UTC) for moment in seconds]
        assert ours(IntervalRhythm(anchor, period), anchor, last) == expected, zone


# --- crontabs that nobody would think of, around the nights that matter -------------------------------------

MORE = int(os.environ.get("MORE_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=MORE or 40,
    derandomize=not MORE,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # the examples are short as they are
    suppress_health_check=list(HealthCheck),
)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    listed = st.lists(number, min_size=1, max_size=3, unique=True).map(
        lambda found: ",".join(map(str, sorted(found)))
    )
    # Two different ends: croniter reads "3-3" as every value.
    ends = st.tuples(number, number).filter(lambda pair: pair[0] < pair[1])
    span = ends.map(lambda pair: f"{pair[0]}-{pair[1]}")
    step = st.integers(2, max(2, (high - low) // 2)).map(lambda every: f"*/{every}")
    return st.one_of(st.just("*"), listed, span, step)


TIMES = (field(0, 59), field(0, 23))
CRONTABS = st.tuples(*TIMES, field(1, 31), field(1, 12), field(0, 6)).map(" ".join)
# Of all months: croniter takes seconds to find that a rare date lies beyond the days that are asked for.
COMMON = st.tuples(*TIMES, st.one_of(st.just("*"), field(1, 28)), st.just("*"), field(0, 6)).map(" ".join)
# Days around changes (of all five zones) and days of no importance.
DAYS = st.sampled_from(
    ["2026-03-29", "2026-10-25", "2026-04-05", "2026-09-06", "2026-10-04", "2026-09-27", "2027-02-28"]
).map(datetime.fromisoformat)


@PROFILE
@example(fields="*/7 * * * *", zone="Australia/Lord_Howe", day=datetime(2026, 4, 5))  # noqa: DTZ001
@example(fields="0 0-22 * * *", zone="America/Santiago", day=datetime(2026, 9, 6))  # noqa: DTZ001
@given(fields=COMMON, zone=st.sampled_from(ZONES), day=DAYS)
def test_any_crontab_agrees_around_the_nights_that_clocks_change(
    fields: str, zone: str, day: datetime
) -> None:
    try:
        rhythm = crontab_rhythm(*fields.split(), zone)
    except InvalidRhythm:
        return  # a day that no month has
    begin, end = day - timedelta(days=1), day + timedelta(days=2)
    walls = list(wall_times(fields, begin - timedelta(days=1), end))
    first, last = (edge.replace(tzinfo=tz.gettz(zone)).astimezone(UTC) for edge in (begin, end))
    expected = runs(walls, zone, every_hour=len(rhythm.hours) == 24)
    assert ours(rhythm, first, last) == [moment for moment in expected if first <= moment <= last]


@PROFILE
@given(
    fields=CRONTABS,
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1)),  # noqa: DTZ001
)
def test_a_run_is_never_at_a_wrong_hour(fields: str, zone: str, start: datetime) -> None:
    """The wall shows a time that the fields name, or the end of a gap that swallowed one."""
    try:
        rhythm = crontab_rhythm(*fields.split(), zone)
    except InvalidRhythm:
        return
    zone_info, moment = tz.gettz(zone), start.replace(tzinfo=UTC)
    for _ in range(20):
        found = rhythm.after(moment)
        if found is None or found.year > 2036:  # dateutil knows no clock changes after 2037
            return
        assert found > moment
        wall = found.astimezone(zone_info).replace(tzinfo=None)
        named = rhythm.matches(wall.date()) and wall.hour in rhythm.hours and wall.minute in rhythm.minutes
        assert named or found == end_of_gap(wall - timedelta(minutes=1), zone_info)
        moment = found
