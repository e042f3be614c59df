"""What a change does to the runs, counted by the day; judged by lists of all runs, one by one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest

from tasks_app.schedules.comparing.comparison import Comparison, compare, spans
from tasks_app.schedules.comparing.day_bits import ONE_SECOND, lasting, repeated, seconds_of
from tasks_app.schedules.comparing.timetables import Runs
from tasks_app.schedules.rhythm import LATEST, IntervalRhythm, Rhythm, SlotMoment, SolarRhythm
from tests.clock.making import at
from tests.clock.ruled import CAIRO, FRANCE, TABLE, ZONES, rhythm

pytestmark = pytest.mark.once

NOW = at("2026-10-20 14:25")
JUST_BEFORE = timedelta(microseconds=1)


@cache
def listed(of: Rhythm | None, zone: str, past: bool) -> dict[datetime, datetime]:
    """When each run is due, by the moment that it stands for; one by one."""
    if of is None:
        return {}
    some = [span for span in spans(NOW, ZoneInfo(zone)) if span.past == past]
    begin, end = some[0].begin, some[-1].begin + some[-1].seconds * ONE_SECOND
    wide = timedelta(days=40)
    runs = of.following(SlotMoment(begin - wide - JUST_BEFORE, LATEST))
    near = takewhile(lambda run: run.due < end + wide, runs)
    return {run.nominal: run.due for run in near if begin <= run.nominal < end}


def by_hand(old: Rhythm | None, new: Rhythm | None, zone: str, past: bool) -> tuple[int, int, int, int]:
    """Added, lost, moved, same: by the same rule, from lists."""
    had, has = listed(old, zone, past), listed(new, zone, past)
    both = had.keys() & has.keys()
    same = sum(had[one] == has[one] for one in both)
    days = [
        Counter(one.astimezone(ZoneInfo(zone)).date() for one in some)
        for some in (had.keys() - both, has.keys() - both)
    ]
    paired = sum((days[0] & days[1]).values())
    return len(has) - len(both) - paired, len(had) - len(both) - paired, len(both) - same + paired, same


def counted(found: Comparison) -> list[tuple[int, int, int, int]]:
    return [(part.added, part.lost, part.moved, part.same) for part in (found.past, found.coming)]


def test_every_rhythm_of_the_table_has_the_runs_that_it_lists() -> None:
    for number, judged in enumerate(TABLE):
        zone = ZONES[number % len(ZONES)]
        found = rhythm(judged.fields, zone, **judged.rule)
        for own in (zone, "America/St_Johns"):  # days of its wall, and of another
            runs, ours = Runs(found), []
            for span in spans(NOW, ZoneInfo(own)):
                for bits in runs.of(span.begin, span.seconds).values():
                    ours += [span.begin + second * ONE_SECOND for second in seconds_of(bits)]
            expected = listed(found, own, past=True) | listed(found, own, past=False)
            assert sorted(ours) == sorted(expected), (judged.words, own)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (("0 8 * * *", {}), ("0 9 * * *", {})),
        (("0 8 * * *", {}), ("0 8 * * 1-5", {})),
        (("0 8 * * *", {}), ("0,30 8 * * *", {})),
        (("*/20 * * * 1", {}), ("*/35 * * * 1,2", {})),
        (("*/5 8-9 * * *", {}), ("*/15 8-10 * * *", {})),
        (("30 2 * * *", {}), ("0 * * * *", {})),
        (("0 7 1 * *", {}), ("0 7 1 * *", {"on_day_off": "after", "calendar": FRANCE})),
        (("0 7 1,15 * *", {"on_day_off": "before"}), ("0 7 1,15 * *", {"on_day_off": "after"})),
        (("15 0 * * *", {"on_day_off": "after", "calendar": CAIRO}), ("15 0 * * *", {"on_day_off": "skip"})),
    ],
)  # fmt: skip
def test_a_change_is_counted_as_lists_have_it(old, new) -> None:
    zone = ZONES[sum(map(ord, old[0] + new[0])) % len(ZONES)]
    before, after = (rhythm(fields, zone, **rule) for fields, rule in (old, new))
    found = compare(before, after, NOW, ZoneInfo(zone))
    assert counted(found) == [by_hand(before, after, zone, past) for past in (True, False)]
    assert found.differs
    assert not compare(before, before, NOW, ZoneInfo(zone)).differs


def test_two_zones_intervals_and_windows_are_counted_as_lists_have_them() -> None:
    zone = "Europe/Paris"
    often = Rhythm(IntervalRhythm(at("2026-09-01 10:03:27"), timedelta(minutes=415)))
    of = {
        "paris": rhythm("0 8 * * *", zone),
        "new york": rhythm("0 2 * * *", "America/New_York"),
        "often": often,
        "in a window": Rhythm(often.nominal, at("2026-10-01 08:00"), at("2027-01-01 08:00")),
        "moved in a window": rhythm(
            "0 7 * * *", zone, at("2026-10-03 07:00"), at("2027-02-06 07:00"), on_day_off="after"
        ),
        "off": None,
    }
    for old in of.values():
        for new in of.values():
            found = compare(old, new, NOW, ZoneInfo(zone))
            assert counted(found) == [by_hand(old, new, zone, past) for past in (True, False)], (old, new)


def test_the_sun_is_counted_too() -> None:
    sun = Rhythm(SolarRhythm("sunrise", 48.85, 2.35))  # type: ignore[arg-type]  # as decimals
    found = compare(sun, None, NOW, ZoneInfo("Europe/Paris"))
    assert counted(found)[0][:3] in {(0, 90, 0), (0, 91, 0)}
    assert found.coming.added == found.coming.moved == 0


def test_the_first_days_that_differ_are_told_with_their_times() -> None:
    zone = ZoneInfo("Europe/Paris")
    found = compare(rhythm("0 8 * * *", str(zone)), rhythm("0 9 * * *", str(zone)), NOW, zone)
    day = found.days[0]
    assert (day.day.isoformat(), day.past) == ("2026-10-21", False)
    assert day.gone == [at("2026-10-21 08:00", str(zone)).astimezone(UTC)]
    assert day.new == [at("2026-10-21 09:00", str(zone)).astimezone(UTC)]
    assert found.days_left_out == found.coming.moved - len(found.days)


def test_what_moves_from_a_day_off_is_told_at_its_new_day() -> None:
    zone = ZoneInfo("Europe/Paris")
    plain, moved = rhythm("0 7 1 * *", str(zone)), rhythm("0 7 1 * *", str(zone), on_day_off="after")
    day = compare(plain, moved, NOW, zone).days[0]
    assert day.day.isoformat() == "2026-11-01"  # a Sunday
    assert day.new == [at("2026-11-02 07:00", str(zone)).astimezone(UTC)]
    assert day.counts.moved == 1


@pytest.mark.parametrize(("period", "seconds"), [(1, 10), (7, 50), (60, 60), (61, 60), (86_400, 86_400)])
def test_doubling_repeats_a_period(period: int, seconds: int) -> None:
    assert list(seconds_of(repeated(period, seconds))) == list(range(0, seconds, period))


@pytest.mark.parametrize("length", [1, 2, 3, 7, 60])
def test_what_lasts_covers_each_of_its_seconds(length: int) -> None:
    assert set(seconds_of(lasting(0b1000001, length))) == {
        begin + second for begin in (0, 6) for second in range(length)
    }
