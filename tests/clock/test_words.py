"""What people read of a rhythm: its words, its next ten runs, the nights the clocks change."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.utils import translation

from tasks_app.schedules.rhythm import both_days_set, next_ten, words
from tests.clock.making import PARIS, at

CRONTAB_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


def row(crontab="", zone=PARIS, **kinds):
    fields = dict.fromkeys(["crontab", "interval", "solar", "clocked", "start_time", "expires"]) | kinds
    if crontab:
        fields["crontab"] = SimpleNamespace(
            timezone=zone, **dict(zip(CRONTAB_FIELDS, crontab.split(), strict=True))
        )
    return SimpleNamespace(**fields)


@pytest.mark.parametrize(
    ("crontab", "sentence"),
    [
        ("0 7 * * *", "Every day at 07:00"),
        ("30 7,19 * * *", "Every day at 07:30 and 19:30"),
        ("0 7 * * 1", "Every Monday at 07:00"),
        ("0 7 * * 0,3", "Every Wednesday and Sunday at 07:00"),
        ("0 7 * * 1-5", "From Monday to Friday at 07:00"),
        ("0 7 1 * *", "On day 1 of the month at 07:00"),
        ("0 7 1,15 * *", "On days 1 and 15 of the month at 07:00"),
        ("0 7 13 * 5", "On day 13 of the month at 07:00, but only when it is a Friday"),
        ("0 7 1 1,7 *", "On day 1 of the month at 07:00, in January and July only"),
        ("*/15 * * * *", "Every 15 minutes"),
        ("0 * * * *", "Every hour, on the hour"),
        ("*/5 8-18 * * 1-5", "From Monday to Friday every 5 minutes from 08:00 to 18:59"),
        (
            "5,20 */4 * * *",
            "Every day at 5 and 20 minutes past each hour in the hours 00, 04, 08, 12, 16 and 20",
        ),
        ("* * * * *", "Every minute"),
    ],
)
def test_a_crontab_in_words(crontab, sentence):
    assert words(row(crontab)) == f"{sentence} (Europe/Paris)"


def test_a_crontab_that_cannot_be_followed_is_a_sentence_too():
    assert "cannot be read as minutes" in words(row("61 7 * * *"))


@pytest.mark.parametrize(
    ("every", "period", "sentence"),
    [
        (3600, "seconds", "Every hour"),
        (90, "minutes", "Every 90 minutes"),
        (48, "hours", "Every 2 days"),
        (1, "minutes", "Every minute"),
        (45, "seconds", "Every 45 seconds"),
    ],
)
def test_an_interval_in_words(every, period, sentence):
    assert words(row(interval=SimpleNamespace(every=every, period=period))) == sentence


def test_weekdays_and_months_follow_the_language():
    with translation.override("fr"):
        assert "lundi" in words(row("0 7 * * 1")).lower()
        assert "janvier" in words(row("0 7 1 1 *")).lower()


@pytest.mark.parametrize(
    ("crontab", "both"),
    [("0 7 13 * 5", True), ("0 7 13 * *", False), ("0 7 * * 5", False), ("0 7 1-31 * 5", False)],
)
def test_days_of_month_and_week_together_are_noticed(crontab, both):
    assert both_days_set(row(crontab)) is both


def test_the_next_ten_runs_show_offsets_and_flag_clock_changes():
    spring = next_ten(row("30 2 * * *"), at("2026-03-26 12:00", PARIS))
    assert [run.local.strftime("%d %H:%M") for run in spring[:4]] == [
        "27 02:30",
        "28 02:30",
        "29 03:00",
        "30 02:30",
    ]
    assert [run.offset for run in spring[:4]] == ["UTC+01:00", "UTC+01:00", "UTC+02:00", "UTC+02:00"]
    assert ["does not exist" in run.note for run in spring[:4]] == [False, False, True, False]
    assert len(spring) == 10
    autumn = next_ten(row("30 * * * *"), at("2026-10-25 01:00", PARIS))
    assert ["first pass" in run.note for run in autumn[:4]] == [False, True, False, False]
    assert ["second pass" in run.note for run in autumn[:4]] == [False, False, True, False]


def test_a_schedule_that_ends_shows_fewer():
    ends = row("0 7 * * *", expires=at("2026-06-04 00:00", PARIS))
    assert len(next_ten(ends, at("2026-06-01 00:00", PARIS))) == 3
    assert next_ten(ends, at("2026-07-01 00:00", PARIS)) == []
