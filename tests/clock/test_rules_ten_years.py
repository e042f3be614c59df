"""Ten years of counted days, calendars, moves and spans of time, in six zones, against dateutil."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from pathlib import Path

import pytest
from dateutil import tz
from django.conf import settings
from django.utils import translation

from tasks_app.schedules.rhythm import LATEST, SlotMoment, words
from tests.clock.ruled import BEGIN, END, TABLE, ZONES, Judged, expected, rhythm, row

pytestmark = [pytest.mark.once, pytest.mark.sweep]

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "rhythms.md"
each = pytest.mark.parametrize("judged", TABLE, ids=[judged.words for judged in TABLE])


def edges(zone: str, begin: datetime = BEGIN, end: datetime = END) -> tuple[datetime, datetime]:
    first, last = (edge.replace(tzinfo=tz.gettz(zone)).astimezone(UTC) for edge in (begin, end))
    return first, last


def until(last: datetime, runs: Iterator[SlotMoment]) -> Iterator[SlotMoment]:
    return takewhile(lambda run: run.due <= last, runs)


@each
def test_ten_years_in_six_zones(judged: Judged) -> None:
    for zone in ZONES:
        first, last = edges(zone)
        found = rhythm(judged.fields, zone, **judged.rule)
        before = SlotMoment(first - timedelta(microseconds=1), LATEST)
        ours = [tuple(run) for run in until(last, found.following(before))]
        assert ours == [run for run in expected(judged, zone) if first <= run[0] <= last], zone
        assert len(ours) >= 2


@each
def test_each_run_leads_to_the_next_as_the_clock_asks_for_it(judged: Judged) -> None:
    """One by one, from each run's own moment: nothing is remembered between two looks."""
    zone = ZONES[len(judged.words) % len(ZONES)]
    found = rhythm(judged.fields, zone, **judged.rule)
    first, last = edges(zone)
    asked = [SlotMoment(*one) for one in expected(judged, zone) if first <= one[0] <= last][:60]
    for run, following in pairwise(asked):
        assert found.next(run) == following


@pytest.mark.parametrize(
    "judged", [one for one in TABLE if "on_day_off" in one.rule], ids=lambda one: one.words
)
def test_a_window_holds_both_when_it_is_due_and_what_it_stands_for(judged: Judged) -> None:
    zone = "Europe/Paris"
    start, end = edges(zone, datetime(2027, 5, 1, 7), datetime(2028, 1, 16, 7))  # noqa: DTZ001
    found = rhythm(judged.fields, zone, start, end, **judged.rule)
    ours = [tuple(run) for run in found.following(SlotMoment(edges(zone)[0], LATEST))]
    assert ours == [run for run in expected(judged, zone) if all(start <= moment < end for moment in run)]


def test_the_documented_table_is_the_judged_one() -> None:
    """Each line of the table in docs/rhythms.md is a rhythm that is judged here, in the words of its page."""
    with translation.override("en"):
        told = [words(row(judged.fields, settings.TIME_ZONE, **judged.rule)) for judged in TABLE]
    told = [one.removesuffix(f" ({settings.TIME_ZONE})") for one in told]
    assert told == [judged.words for judged in TABLE]
    lines = [
        line.split("|")[1].strip() for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")
    ]
    assert [line for line in lines if line in told] == told
