"""A pause with an end is over by the time, whether or not a clock runs; and what two do to it at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from tasks_app import control
from tasks_app.broker.lost_messages import _oldest_published
from tasks_app.clock import dry_run
from tasks_app.clock.ended_pauses import note_ended_pauses
from tasks_app.clock.recovery import publish_due
from tasks_app.clock.tick import tick
from tasks_app.clock.time_mending import mend
from tasks_app.control.pauses import LONGEST
from tasks_app.db import shared_time
from tasks_app.ledger import hot_sql, transitions
from tasks_app.models import QueueState, State
from tasks_app.monitor.health.work import unpublished
from tasks_app.monitor.pauses import pauses
from tasks_app.monitor.queue_status import queue_named
from tests.clock.test_two_clocks import at_once
from tests.pages.work import a_job
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def paused_until(after: timedelta, queue: str = "default") -> QueueState:
    """A queue that was paused an hour ago, until so long after now."""
    now = shared_time.now()
    return QueueState.objects.create(
        name=queue, paused=True, paused_at=now - HOUR, paused_until=now + after, pause_reason="Why not"
    )


@pytest.mark.parametrize(("after", "held"), [(MINUTE, True), (-SECOND, False)])
def test_a_claim_goes_by_the_time_and_needs_no_clock(after: timedelta, held: bool) -> None:
    paused_until(after)
    job = a_job(State.WAITING)
    assert transitions.claim(job.pk, "t", "w@host") is not held
    assert QueueState.objects.get().paused  # nobody noted it


def test_a_claim_right_at_the_end_is_free_and_right_before_it_is_not() -> None:
    row = paused_until(MINUTE)
    assert row.paused_until is not None
    jobs = [a_job(State.WAITING) for _ in range(2)]
    before, at = row.paused_until - timedelta(microseconds=1), row.paused_until
    assert not transitions.claim(jobs[0].pk, "t", "w", now=before)
    assert transitions.claim(jobs[1].pk, "t", "w", now=at)


@pytest.mark.parametrize(("after", "held"), [(MINUTE, True), (-SECOND, False)])
def test_everybody_who_asks_whether_a_queue_is_paused_goes_by_the_time(
    after: timedelta, held: bool, broker: RedisServer
) -> None:
    paused_until(after)
    now = shared_time.now()
    job = a_job(State.WAITING, available_at=now - HOUR)
    queue = queue_named("default", now)
    assert queue is not None
    assert queue.paused is held
    assert bool(pauses()) is held
    assert unpublished(now).exists() is not held
    steps = " ".join(step.what for step in dry_run.plan(now))
    assert ("they wait in paused queues" in steps) is held
    hot_sql.mark_published([job.pk], now)
    job.refresh_from_db()
    assert (job.published_at is None) is held
    assert ([name for name, _oldest in _oldest_published(now)] == ["default"]) is not held
    transitions.unpublish(job.pk)
    assert publish_due(now) == (0 if held else 1)


def test_the_clock_notes_once_that_a_pause_is_over_and_the_log_says_so(broker: RedisServer) -> None:
    row, other = paused_until(-SECOND), paused_until(MINUTE, "low")
    for _twice in range(2):
        tick(shared_time.now())
    row.refresh_from_db()
    assert (row.paused, row.paused_at, row.paused_until, row.pause_reason) == (False, None, None, "")
    assert row.changed_by is None
    other.refresh_from_db()
    assert other.paused
    entry = LogEntry.objects.get()
    assert "Resumed by itself" in entry.get_change_message()
    assert (entry.object_id, entry.user.is_active) == ("default", False)


@pytest.mark.django_db(transaction=True)
def test_of_two_clocks_one_says_it() -> None:
    paused_until(-SECOND)
    at_once(lambda: note_ended_pauses(shared_time.now()))
    assert LogEntry.objects.count() == 1


def test_what_somebody_paused_anew_meanwhile_stays_paused(admin_user: User) -> None:
    stale = paused_until(-SECOND)
    assert control.pause("default", by=admin_user, reason="Again", until=shared_time.now() + HOUR)
    told: list[QueueState] = []
    control.end_pauses(shared_time.now(), told.append)
    row = QueueState.objects.get()
    assert (row.paused, row.pause_reason, row.changed_by, told) == (True, "Again", admin_user, [])
    assert row.paused_until != stale.paused_until


def test_a_pause_that_is_over_cannot_be_resumed_or_changed(admin_user: User) -> None:
    row = paused_until(-SECOND)
    assert not control.resume("default", by=admin_user)
    later = shared_time.now() + HOUR
    assert not control.change_pause("default", reason="", until=later, seen=row.changed_at)


def test_of_two_who_pause_at_once_one_does(transactional_db: None) -> None:
    answers: list[bool] = []
    at_once(lambda: answers.append(control.pause("default", by=None)), times=4)
    assert sorted(answers) == [False, False, False, True]


def test_a_change_is_of_what_was_seen(admin_user: User) -> None:
    control.pause("default", by=admin_user, reason="First")
    row = QueueState.objects.get()
    later = shared_time.now() + HOUR
    assert control.change_pause("default", reason="Second", until=later, seen=row.changed_at)
    assert not control.change_pause("default", reason="Third", until=None, seen=row.changed_at)
    changed = QueueState.objects.get()
    assert (changed.pause_reason, changed.paused_until) == ("Second", later)
    assert (changed.changed_by, changed.paused_at) == (admin_user, row.paused_at)


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (timedelta(0), "over already"),
        (-SECOND, "over already"),
        (-3650 * 24 * HOUR, "over already"),
        (LONGEST + HOUR, "a year at most"),
        (10 * 366 * 24 * HOUR, "a year at most"),
    ],
)
def test_an_end_that_is_none_is_refused_with_a_sentence(after: timedelta, sentence: str) -> None:
    until = shared_time.now() + after
    with pytest.raises(ValueError, match=sentence):
        control.pause("default", by=None, until=until)
    assert not QueueState.objects.filter(paused=True).exists()


def test_after_the_time_went_back_a_pause_is_no_longer_than_it_was_meant() -> None:
    now = shared_time.now()
    QueueState.objects.create(
        name="default", paused=True, paused_at=now + 24 * HOUR, paused_until=now + 25 * HOUR
    )
    endless = QueueState.objects.create(name="low", paused=True, paused_at=now + 24 * HOUR)
    assert mend(now).pauses == 1
    row = QueueState.objects.get(name="default")
    assert (row.paused_at, row.paused_until) == (now, now + HOUR)
    endless.refresh_from_db()
    assert endless.paused_until is None
    assert not mend(now).pauses
