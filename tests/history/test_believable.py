"""What a person would look for in an invented past: hours, weekends, a bad morning, names of many scripts."""

from __future__ import annotations

import random
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from backoffice.history.cast import _name
from backoffice.history.chances import Draw, uuid_of
from backoffice.history.rhythm import at_work, hours, next_at_work
from backoffice.history.weather import Weather

UNTIL = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
FIRST = UNTIL - timedelta(days=14)


def weathers() -> Iterator[Weather]:
    return (Weather(random.Random(seed), FIRST, UNTIL) for seed in range(50))


def test_a_fortnight_has_one_bad_morning_of_a_working_day() -> None:
    for weather in weathers():
        assert weather.morning is not None
        begin = timezone.localtime(weather.morning.begin)
        assert (begin.hour, begin.minute) == (8, 40)
        assert begin.weekday() < 5
        assert FIRST <= weather.morning.begin < weather.morning.end < UNTIL
        assert weather.is_bad(weather.morning.begin)
        assert not weather.is_bad(weather.morning.end)


def test_a_paused_queue_gives_nothing_until_it_is_open_again() -> None:
    for weather in weathers():
        assert weather.pause is not None
        for part in (0.0, 0.5, 0.99):
            at = weather.pause.begin + part * (weather.pause.end - weather.pause.begin)
            assert at + timedelta(seconds=weather.held(at)) == pytest.approx(
                weather.pause.end, abs=timedelta(milliseconds=1)
            )
        assert weather.held(weather.pause.end) == 0
        assert weather.held(weather.pause.begin - timedelta(seconds=1)) == 0


def test_a_weekend_alone_has_bad_hours_and_no_bad_morning() -> None:
    saturday = datetime(2026, 3, 28, 6, 0, tzinfo=UTC)
    for seed in range(20):
        weather = Weather(random.Random(seed), saturday, saturday + timedelta(days=1))
        assert weather.morning is weather.pause is None
        moments = [saturday + timedelta(minutes=number) for number in range(24 * 60)]
        assert any(weather.is_bad(at) for at in moments)


def test_days_have_their_rush_hours_nights_and_weekends() -> None:
    by_hour: Counter[int] = Counter()
    by_weekday: Counter[int] = Counter()
    for start, _length, count in hours(FIRST, UNTIL, 100_000):
        by_hour[timezone.localtime(start).hour] += count
        by_weekday[timezone.localtime(start).weekday()] += count
    assert by_hour[10] > 5 * by_hour[3]
    assert max(by_weekday[5], by_weekday[6]) < 0.5 * min(by_weekday[day] for day in range(5))


@pytest.mark.parametrize(
    ("moment", "day", "at_latest"),
    [
        ("2026-03-25T10:00", 25, 10),  # a Wednesday, at work
        ("2026-03-25T05:00", 25, 13),
        ("2026-03-25T22:00", 26, 13),
        ("2026-03-27T19:30", 30, 13),  # Friday evening
        ("2026-03-28T11:00", 30, 13),  # over the change of the clock
    ],
)
def test_people_look_after_what_failed_when_they_are_there(moment: str, day: int, at_latest: int) -> None:
    at = timezone.make_aware(datetime.fromisoformat(moment))
    for seed in range(20):
        looked = timezone.localtime(next_at_work(at, random.Random(seed)))
        assert looked.day == day
        assert 8 <= looked.hour <= at_latest
        assert at_work(looked)


def test_names_are_of_many_scripts_and_addresses_of_none_of_them() -> None:
    chance = random.Random(3)
    names = [_name(chance) for _ in range(600)]
    scripts = {unicodedata.name(sign).split()[0] for name, _local in names for sign in name if sign.isalpha()}
    assert scripts >= {
        "LATIN",
        "GREEK",
        "CYRILLIC",
        "CJK",
        "HANGUL",
        "ARABIC",
        "HEBREW",
        "DEVANAGARI",
        "THAI",
    }
    assert max(len(name) for name, _local in names) > 80
    for name, local in names:
        assert name.strip()
        assert local.isascii()
        assert len(local) + len(".19999") <= 64
        assert not set(local) - set("abcdefghijklmnopqrstuvwxyz-.")
        assert not local.startswith(".")
        assert ".." not in local


def test_what_is_drawn_comes_as_often_as_its_weight_says() -> None:
    draw, chance = Draw({"often": 90, "rarely": 10, "never": 0}), random.Random(5)
    drawn = Counter(draw(chance) for _ in range(10_000))
    assert drawn.keys() == {"often", "rarely"}
    assert 800 < drawn["rarely"] < 1_200


def test_an_identity_is_a_random_uuid_that_the_seed_decides() -> None:
    one, other = random.Random(1), random.Random(1)
    made = [uuid_of(one) for _ in range(500)]
    assert made == [uuid_of(other) for _ in range(500)]
    assert len(set(made)) == 500
    for each in made:
        parsed = uuid.UUID(each)
        assert (str(parsed), parsed.version, parsed.variant) == (each, 4, uuid.RFC_4122)
