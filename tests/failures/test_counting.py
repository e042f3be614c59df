"""Failures by cause: whatever the clock has counted and whatever it has not, pages say what the rows say."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_app.failures import counting, figures
from tasks_app.failures.figures import look
from tasks_app.failures.keys import Key
from tasks_app.failures.rows import repaired_after
from tasks_app.models import FailureGroup, FailureTally, Job, State, TallyProgress
from tasks_app.retention.prunables import remove_jobs
from tests.failures.work import (
    EMAIL,
    FOREIGN,
    OPTED_OUT,
    REPORT,
    ByHand,
    Time,
    fail,
    repair,
    shown,
    the_clock_counts,
    the_group,
    windows,
)

pytestmark = pytest.mark.django_db

CAUSES: list[dict[str, Any]] = [
    {"cause": OPTED_OUT},
    {"cause": OPTED_OUT, "name": REPORT},
    {"cause": FOREIGN},
    {"cause": None, "error_class": "ValueError"},
    {"cause": None, "error_class": ""},
    {"cause": None, "error_class": "ValueError", "name": "gone.kind"},
]


def agree(time: Time) -> None:
    """Each figure of each cause, and each window's, with what the rows say."""
    found, counted = shown(time), ByHand.read()
    assert {key: one.failed for key, one in found.items() if one.failed} == dict(counted.failed)
    assert {key: one.repaired for key, one in found.items() if one.repaired} == dict(+counted.repaired)
    for window in windows(time):
        there = {key: one.within(window) for key, one in found.items() if one.within(window)}
        assert there == dict(ByHand.read(window.since).failed), window.span


def something_happens(dice: random.Random, time: Time) -> None:
    match dice.choice(["fails", "fails", "passes", "counted", "repaired", "succeeds", "removed"]):
        case "fails":
            fail(time.ago(seconds=dice.choice([0, 3, 25])), **dice.choice(CAUSES))
        case "passes":
            time.passes(seconds=dice.choice([1, 31, 400, 5_000, 90_000]))
        case "counted":
            the_clock_counts(time)
        case "repaired":
            if unrepaired := list(Job.objects.unrepaired()):
                repair(dice.choice(unrepaired), time.now)
        case "succeeds":
            Job.objects.create(
                id=str(dice.random()), name=EMAIL, queue="high", state=State.SUCCEEDED,
                created_at=time.now, ended_at=time.now,
            )  # fmt: skip
        case "removed":
            old = Job.objects.filter(state=State.FAILED, ended_at__lt=time.ago(days=1))
            remove_jobs([job.pk for job in old if dice.random() < 0.5])


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_in_whatever_order_pages_say_what_the_rows_say(
    seed: int, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "STEP", 3)
    dice = random.Random(seed)
    for _ in range(12):  # a past that nobody has counted yet
        fail(time.ago(hours=dice.randrange(1, 400)), **dice.choice(CAUSES))
    for _ in range(25):
        something_happens(dice, time)
        agree(time)
    time.passes(seconds=31)
    the_clock_counts(time)
    agree(time)
    assert not look().failed


def test_the_clock_s_counts_alone_are_right_once_all_has_settled(time: Time) -> None:
    for number, values in enumerate(CAUSES * 3):
        fail(time.ago(minutes=number * 7), **values)
    time.passes(seconds=31)
    assert the_clock_counts(time) == len(CAUSES) * 3
    assert the_clock_counts(time) == 0  # nothing twice
    counted = {Key(one.kind, one.cause, one.error_class): one.failed for one in FailureGroup.objects.all()}
    assert counted == dict(ByHand.read().failed)


def test_an_installation_that_never_counted_counts_from_its_first_failure_on(time: Time) -> None:
    fail(time.ago(days=80))
    fail(time.ago(minutes=3))
    agree(time)
    the_clock_counts(time)
    group = the_group()
    assert (group.failed, group.first_at, group.last_at) == (2, time.ago(days=80), time.ago(minutes=3))


def test_many_that_ended_at_one_moment_are_counted_in_one_step(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "STEP", 2)
    for _ in range(7):
        fail(time.ago(minutes=5))
    fail(time.ago(minutes=4))
    assert the_clock_counts(time) == 8
    assert the_group().failed == 8


def test_a_page_that_cannot_read_all_says_up_to_when_and_is_right_up_to_then(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "UNCOUNTED", 5)
    jobs = [fail(time.ago(seconds=100 - number)) for number in range(9)]
    seen = look()
    assert seen.is_behind
    assert seen.at < jobs[5].ended_at
    assert sum(one.failed for one in shown(time).values()) == 5
    the_clock_counts(time)
    assert not look().is_behind
    agree(time)


def test_a_time_that_went_back_loses_nothing_and_counts_nothing_twice(time: Time) -> None:
    fail(time.ago(minutes=1))
    fail(time.ago(hours=3))
    the_clock_counts(time)
    time.passes(hours=-2)
    the_clock_counts(time)
    fail(time.now)
    time.passes(seconds=40)
    the_clock_counts(time)
    agree(time)
    time.passes(hours=3)
    the_clock_counts(time)
    agree(time)
    assert the_group().failed == 3


def test_what_is_counted_anew_is_the_same(time: Time) -> None:
    job = fail(time.ago(hours=30))
    fail(time.ago(minutes=9), cause=FOREIGN)
    repair(job, time.ago(minutes=8))
    the_clock_counts(time)
    before = list(FailureGroup.objects.order_by("cause").values("cause", "failed", "repaired", "people"))
    counting.begin_anew()
    the_clock_counts(time)
    assert (
        list(FailureGroup.objects.order_by("cause").values("cause", "failed", "repaired", "people")) == before
    )
    agree(time)


def test_counts_of_short_times_go_when_no_page_shows_them(time: Time) -> None:
    fail(time.ago(minutes=1))
    the_clock_counts(time)
    assert FailureTally.objects.count() == 3
    time.passes(hours=3)
    the_clock_counts(time)
    assert sorted(FailureTally.objects.values_list("span", flat=True)) == [60, 1440]
    time.passes(days=40)
    the_clock_counts(time)
    assert not FailureTally.objects.exists()
    assert the_group().failed == 1


def test_a_look_with_nothing_to_count_asks_little(time: Time) -> None:
    fail(time.ago(minutes=1))
    the_clock_counts(time)
    with CaptureQueriesContext(connection) as asked:
        the_clock_counts(time)
    statements = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"].upper()]
    assert len(statements) <= 12, statements


def test_two_clocks_count_once(time: Time) -> None:
    """The second finds the progress where the first left it."""
    fail(time.ago(minutes=1))
    the_clock_counts(time)
    progress = TallyProgress.objects.get()
    assert progress.failures_until == time.ago(seconds=30)
    the_clock_counts(time)
    assert the_group().failed == 1


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # the hour that autumn has twice
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),  # spring's missing hour is over
        datetime(2026, 12, 31, 23, 0, tzinfo=UTC),  # midnight in Paris
        datetime(2026, 6, 1, 21, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_windows_are_right_around_midnight_and_when_the_clocks_change(moment: datetime, time: Time) -> None:
    time.now = moment
    for hours in range(0, 200, 5):
        fail(time.ago(hours=hours))
    the_clock_counts(time)
    agree(time)
    for window in windows(time):
        assert list(window.bounds) == sorted(window.bounds)
        assert window.bounds[-1] <= moment < window.bounds[-1] + timedelta(days=1, hours=1)


def test_what_was_repaired_lately_is_asked_of_its_own_index() -> None:
    """And not of that of all failures, which has every old repair too."""
    rows = repaired_after(timezone.now() - timedelta(hours=1))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # as where there are very many
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "job_by_repair" in rows.explain()
