"""When a rhythm runs next: against an independent computation over years, and on the nights clocks change."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from types import SimpleNamespace

import pytest
from croniter import croniter
from dateutil import tz

from tasks_app.schedules.rhythm import IntervalRhythm, InvalidRhythm, Rhythm, SlotMoment, latest, rhythm_of
from tasks_app.schedules.rhythm.kinds import SolarRhythm, crontab_rhythm
from tests.clock.making import PARIS, at

LORD_HOWE = "Australia/Lord_Howe"  # its clocks move by half an hour
SAO_PAULO = "America/Sao_Paulo"  # its clocks moved at midnight, until 2019
ZONES = [PARIS, "UTC", "America/New_York", "Asia/Kolkata", LORD_HOWE, "America/Santiago", SAO_PAULO]


def rhythm(fields: str, zone: str = PARIS):
    return crontab_rhythm(*fields.split(), zone)


def walls(found, zone: str, after: datetime, until: datetime) -> list[str]:
    """The runs in between, as the wall says with its offset."""
    runs, moment = [], found.after(after)
    while moment is not None and moment <= until:
        runs.append(moment.astimezone(tz.gettz(zone)).strftime("%d %H:%M%z"))
        moment = found.after(moment)
    return runs


LAST_YEAR = 2036  # dateutil knows no clock changes after 2037


def expected(fields: str, zone: str, start: datetime, count: int) -> list[datetime]:
    """croniter's wall times (naive, so that it knows no zones), placed in the zone by dateutil."""
    zone_info = tz.gettz(zone)
    found: list[datetime] = []
    for wall in croniter(
        fields, start.replace(tzinfo=None), ret_type=datetime, day_or=False, max_years_between_matches=50
    ):
        local = wall.replace(tzinfo=zone_info, fold=0)
        if not tz.datetime_exists(local):
            # resolve_imaginary moves it by the gap's length; the run is where the gap ends.
            while not tz.datetime_exists(local):
                local += timedelta(minutes=1)
        moment = local.astimezone(UTC)
        if not found or moment > found[-1]:
            found.append(moment)
        if len(found) == count or wall.year > LAST_YEAR:
            return [moment for moment in found if moment.year <= LAST_YEAR]
    raise AssertionError("croniter never ends")


FIXED = [
    "0 7 * * *",
    "30 2 * * *",
    "0 0 * * *",
    "*/20 1,2,3 * * *",
    "15 9-17 * * 1-5",
    "0 */2 * * *",
    "0 0 13 * 5",  # Friday the 13th: both days must match
    "0 6 1-7 * 1",  # the first Monday
    "0 12 31 * *",
    "0 0 29 2 *",
    "45 23 28-31 12 0",
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("fields", FIXED)
def test_fixed_hours_agree_with_croniter_over_years(fields, zone):
    start = datetime(2015, 1, 1, tzinfo=tz.gettz(zone))
    found = rhythm(fields, zone)
    # croniter, too, starts strictly after: one minute earlier includes midnight itself.
    wanted = expected(fields, zone, start - timedelta(minutes=1), 150)
    moment, runs = start.astimezone(UTC) - timedelta(minutes=1), []
    for _ in wanted:
        moment = found.after(moment)
        runs.append(moment)
    assert runs == wanted


@pytest.mark.parametrize("zone", ZONES)
def test_random_crontabs_agree_with_croniter_from_random_moments(zone):
    dice = random.Random(zone)
    for _ in range(40):
        minute = str(dice.randrange(60))
        hours = ",".join(map(str, sorted(dice.sample(range(24), 3))))
        days, months = dice.choice(["*", "1", "31", "1-7", "*/5"]), dice.choice(["*", "1,7", "3-5"])
        fields = " ".join([minute, hours, days, months, dice.choice(["*", "1-5", "0", "6,0"])])
        start = datetime(2018, 1, 1, tzinfo=UTC) + timedelta(minutes=dice.randrange(60 * 24 * 365 * 4))
        local = start.astimezone(tz.gettz(zone))
        if tz.datetime_ambiguous(local):
            continue
        first = rhythm(fields, zone).after(start)
        assert first == expected(fields, zone, local, 1)[0], (fields, start)


# The wall clock in Paris: 02:00 → 03:00 on 29 March 2026; 03:00 → 02:00 on 25 October 2026.
SPRING = (at("2026-03-29 00:30", PARIS), at("2026-03-29 04:30", PARIS))
AUTUMN = (at("2026-10-25 00:30", PARIS), at("2026-10-25 04:30", PARIS))


@pytest.mark.parametrize(
    ("fields", "spring", "autumn"),
    [
        ("30 2 * * *", ["29 03:00+0200"], ["25 02:30+0200"]),
        ("0 2 * * *", ["29 03:00+0200"], ["25 02:00+0200"]),
        # All its times in the missing hour are made up for by one run.
        ("*/15 2 * * *", ["29 03:00+0200"], [f"25 02:{m}+0200" for m in ("00", "15", "30", "45")]),
        ("0 1-4 * * *", ["29 01:00+0100", "29 03:00+0200", "29 04:00+0200"],
         ["25 01:00+0200", "25 02:00+0200", "25 03:00+0100", "25 04:00+0100"]),
        ("0 * * * *", ["29 01:00+0100", "29 03:00+0200", "29 04:00+0200"],
         ["25 01:00+0200", "25 02:00+0200", "25 02:00+0100", "25 03:00+0100", "25 04:00+0100"]),
        ("*/30 * * * *",
         ["29 01:00+0100", "29 01:30+0100", "29 03:00+0200", "29 03:30+0200", "29 04:00+0200",
          "29 04:30+0200"],
         ["25 01:00+0200", "25 01:30+0200", "25 02:00+0200", "25 02:30+0200", "25 02:00+0100",
          "25 02:30+0100", "25 03:00+0100", "25 03:30+0100", "25 04:00+0100", "25 04:30+0100"]),
        # A wildcard hour on fixed dates follows elapsed time on those dates.
        ("0 * 29 3 *", ["29 01:00+0100", "29 03:00+0200", "29 04:00+0200"], []),
    ],
)  # fmt: skip
def test_the_nights_the_clocks_change_in_paris(fields, spring, autumn):
    assert walls(rhythm(fields), PARIS, *SPRING) == spring
    assert walls(rhythm(fields), PARIS, *AUTUMN) == autumn


def test_a_zone_whose_clocks_move_by_half_an_hour():
    """Lord Howe, 2026: 02:00 → 02:30 on 4 October, 02:00 → 01:30 on 5 April."""
    spring = (at("2026-10-04 01:00", LORD_HOWE), at("2026-10-04 03:00", LORD_HOWE))
    autumn = (at("2026-04-05 01:20", LORD_HOWE), at("2026-04-05 02:20", LORD_HOWE))
    assert walls(rhythm("15 2 * * *", LORD_HOWE), LORD_HOWE, *spring) == ["04 02:30+1100"]
    assert walls(rhythm("45 1 * * *", LORD_HOWE), LORD_HOWE, *autumn) == ["05 01:45+1100"]
    every_quarter = rhythm("*/15 * * * *", LORD_HOWE)
    assert walls(every_quarter, LORD_HOWE, *spring) == [
        "04 01:15+1030", "04 01:30+1030", "04 01:45+1030", "04 02:30+1100", "04 02:45+1100", "04 03:00+1100",
    ]  # fmt: skip
    assert walls(every_quarter, LORD_HOWE, *autumn) == [
        "05 01:30+1100", "05 01:45+1100", "05 01:30+1030", "05 01:45+1030", "05 02:00+1030", "05 02:15+1030",
    ]  # fmt: skip


def test_the_southern_hemisphere_changes_the_other_way():
    """Santiago, 2026: midnight does not exist on 6 September, 23:00 is doubled on 4 April."""
    zone = "America/Santiago"
    spring = (at("2026-09-05 22:00", zone), at("2026-09-06 02:00", zone))
    autumn = (at("2026-04-04 22:30", zone), at("2026-04-05 00:30", zone))
    assert walls(rhythm("30 0 * * *", zone), zone, *spring) == ["06 01:00-0300"]
    assert walls(rhythm("30 23 * * *", zone), zone, *autumn) == ["04 23:30-0300"]
    assert walls(rhythm("30 * * * *", zone), zone, *autumn) == [
        "04 23:30-0300",
        "04 23:30-0400",
        "05 00:30-0400",
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_means_once_on_each_day(zone):
    found = rhythm("30 2 * * *", zone)
    moment, days = at("2024-01-01 00:00", zone), []
    for _ in range(900):
        moment = found.after(moment)
        days.append(moment.astimezone(tz.gettz(zone)).date())
    assert days == [days[0] + timedelta(days=number) for number in range(900)]


def test_a_leap_day_that_is_a_monday_is_found_at_once():
    assert rhythm("0 0 29 2 1", "UTC").after(at("2026-01-01 00:00")) == at("2044-02-29 00:00")


def test_intervals_follow_elapsed_time():
    hourly = IntervalRhythm(at("2026-10-25 00:10", PARIS), timedelta(hours=1))
    assert walls(hourly, PARIS, *AUTUMN) == [
        "25 01:10+0200", "25 02:10+0200", "25 02:10+0100", "25 03:10+0100", "25 04:10+0100",
    ]  # fmt: skip


def test_sunrise_is_where_an_almanac_has_it():
    """Paris, 21 June 2026: sunrise 05:47, sunset 21:58 (CEST), to the minute."""
    place = (Decimal("48.8566"), Decimal("2.3522"))
    before = at("2026-06-21 00:00", PARIS)
    sunrise = SolarRhythm("sunrise", *place).after(before).astimezone(tz.gettz(PARIS))
    sunset = SolarRhythm("sunset", *place).after(before).astimezone(tz.gettz(PARIS))
    assert abs(sunrise - at("2026-06-21 05:47", PARIS)) < timedelta(minutes=2)
    assert abs(sunset - at("2026-06-21 21:58", PARIS)) < timedelta(minutes=2)


@pytest.mark.parametrize("event", ["sunrise", "solar_noon", "dusk_civil"])
def test_solar_events_come_once_a_day(event):
    found, moment, days = (
        SolarRhythm(event, Decimal("48.8566"), Decimal("2.3522")),
        at("2026-01-01 00:00"),
        [],
    )
    for _ in range(200):
        moment = found.after(moment)
        days.append(moment.date())
    assert days == [days[0] + timedelta(days=number) for number in range(200)]


@pytest.mark.parametrize(
    ("period", "limit"), [(timedelta(seconds=1), 5), (timedelta(hours=7), 100), (timedelta(days=1), 3)]
)
def test_the_latest_of_many_missed_runs_are_found_without_walking_all_of_them(period, limit):
    anchor, now = at("2020-01-01 00:00"), at("2026-01-01 00:00:30")
    asked = []

    class Counting(IntervalRhythm):
        def after(self, moment):
            asked.append(moment)
            return super().after(moment)

    runs, more = latest(Rhythm(Counting(anchor, period)), run_at(anchor + period), now, limit)
    last = anchor + (now - anchor) // period * period
    assert [run.due for run in runs] == [last - period * back for back in reversed(range(limit))]
    assert more
    assert len(asked) < 10 * limit + 400


def test_few_missed_runs_are_all_found():
    hourly = Rhythm(IntervalRhythm(at("2026-01-01 00:00"), timedelta(hours=1)))
    first = at("2026-01-01 01:00")
    runs, more = latest(hourly, run_at(first), at("2026-01-01 04:30"), 100)
    assert [run.due for run in runs] == list(islice((first + timedelta(hours=h) for h in range(9)), 4))
    assert not more
    assert latest(hourly, run_at(first), first, 100) == ([run_at(first)], False)


def run_at(moment):
    return SlotMoment(moment, moment)


@pytest.mark.parametrize(
    ("kind", "row", "sentence"),
    [
        ("crontab", {"minute": "61"}, "cannot be read as minutes"),
        ("crontab", {"day_of_month": "30", "month_of_year": "2"}, "never comes"),
        ("interval", {"every": 5, "period": "microseconds"}, "shorter than a second"),
        ("interval", {"every": 2**31, "period": "days"}, "longer than a hundred years"),
        ("solar", {"event": "tea", "latitude": 0, "longitude": 0}, "cannot be followed"),
        (None, {}, "no rhythm"),
    ],
)
def test_a_rhythm_that_cannot_be_followed_says_so(kind, row, sentence):
    stars = dict.fromkeys(["minute", "hour", "day_of_month", "month_of_year", "day_of_week"], "*")
    fields = dict.fromkeys(["crontab", "interval", "solar", "clocked", "start_time", "expires"])
    if kind:
        fields[kind] = SimpleNamespace(**stars | {"timezone": PARIS} | row)
    with pytest.raises(InvalidRhythm, match=sentence):
        rhythm_of(SimpleNamespace(**fields), at("2026-01-01 00:00"))
