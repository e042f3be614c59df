"""One bucket for all workers, in a real Redis: processes take turns, one that is told slows all."""

from __future__ import annotations

import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from backoffice.emails import pace
from backoffice.models import EmailTemplate, Recipient
from tasks_app import email_task
from tasks_app.models import State
from tasks_app.tasks import envoi_email
from tests.emails import stub
from tests.emails.jobs import is_state, until
from tests.emails.stub import MailStub
from tests.servers import ROOT, RedisServer

RATE = 50.0  # emails a second

# Takes as many turns as it is told, sitting out each wait; prints the moment of each turn by Redis's clock.
TAKER = """
import sys, time, redis
from django.conf import settings
settings.configure(EMAILS_PER_SECOND=float(sys.argv[2]))
from backoffice.emails import pace
client = redis.Redis.from_url(sys.argv[1])
for _ in range(int(sys.argv[3])):
    granted, wait = pace.reserve(client)
    time.sleep(wait)
    seconds, microseconds = client.time()
    print(granted, seconds + microseconds / 1e6)
"""


@pytest.fixture
def bucket(redis_server: RedisServer, settings: Any) -> Any:
    if not redis_server.running:
        redis_server.start()
    redis_server.client.delete(pace.KEY)
    pace.forget()
    settings.EMAILS_PER_SECOND = RATE
    return redis_server.client


def share(bucket: Any) -> float:
    return float(bucket.hget(pace.KEY, "share"))


def tokens(bucket: Any) -> float:
    return float(bucket.hget(pace.KEY, "tokens"))


def moment(bucket: Any) -> float:
    """By the clock of the bucket: how far it may have come since, on a machine that is slow."""
    seconds, microseconds = bucket.time()
    return float(seconds + microseconds / 1e6)


@pytest.mark.processes
@pytest.mark.once
def test_several_processes_together_keep_the_rate(bucket: Any, redis_server: RedisServer) -> None:
    command = [sys.executable, "-c", TAKER, redis_server.url, str(RATE), "25"]
    takers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(4)]
    lines = [line for taker in takers for line in taker.communicate(timeout=60)[0].splitlines()]
    assert all(line.startswith("True") for line in lines)
    turns = sorted(float(line.split()[1]) for line in lines)
    assert len(turns) == 100
    # A slow machine makes turns later, never earlier: 100 of them need two seconds, less what was saved up.
    assert turns[-1] - turns[0] >= (100 - 1 - RATE / 5) / RATE - 0.01


def test_where_emails_leave_fast_one_question_brings_several_turns(
    bucket: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAILS_PER_SECOND = 200.0
    pace.reserve(bucket)  # a new bucket holds one turn: three were owed
    monkeypatch.setattr(pace._Local, "turns_until", float("inf"))  # on a machine that is slow, too
    owed = tokens(bucket)
    assert [pace.reserve(bucket) for _ in range(3)] == [(True, 0.0)] * 3
    assert tokens(bucket) == owed, "turns that it had were asked for"
    pace.reserve(bucket)
    assert tokens(bucket) != owed


def test_a_mailing_takes_what_is_saved_up_but_never_the_last_of_it(bucket: Any, settings: Any) -> None:
    settings.EMAILS_PER_SECOND = 200.0
    granted, wait = pace.take(bucket, 100)  # a new bucket holds one turn
    assert granted == 0
    assert 0 < wait < 1
    now = moment(bucket)
    bucket.hset(pace.KEY, mapping={"tokens": "40", "at": f"{now:.6f}"})  # all that may be saved up
    granted, wait = pace.take(bucket, 100)
    assert (granted, wait) == (30, 0.0)
    assert tokens(bucket) >= 200 * pace.RESERVE - 1
    assert pace.reserve(bucket) == (True, 0.0)  # a single email finds its turn at once


def test_a_mailing_sends_one_a_second_from_each_process_while_redis_is_away() -> None:
    assert pace.take_alone() == (1, 0.0)
    granted, wait = pace.take_alone()
    assert granted == 0
    assert 0 < wait <= 1


def test_turns_that_nobody_used_for_a_second_are_lost(
    bucket: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAILS_PER_SECOND = 200.0
    pace.reserve(bucket)
    monkeypatch.setattr(pace._Local, "turns_until", time.monotonic())
    before = bucket.hget(pace.KEY, "at")
    pace.reserve(bucket)
    assert bucket.hget(pace.KEY, "at") != before


def test_who_is_told_to_slow_down_gives_up_its_turns(bucket: Any, settings: Any) -> None:
    settings.EMAILS_PER_SECOND = 200.0
    pace.reserve(bucket)
    pace.slow_down(bucket)
    before = bucket.hget(pace.KEY, "at")
    pace.reserve(bucket)
    assert bucket.hget(pace.KEY, "at") != before


def test_a_wait_beyond_patience_takes_no_turn(bucket: Any, settings: Any) -> None:
    settings.EMAILS_PER_SECOND = 1 / 100
    began = moment(bucket)
    assert pace.reserve(bucket) == (True, 0.0)
    granted, wait = pace.reserve(bucket)
    assert not granted
    assert 100 - (moment(bucket) - began) <= wait <= 100
    assert pace.reserve(bucket)[1] <= 100, "a refused turn was charged"


def test_an_idle_bucket_saves_up_no_burst(bucket: Any) -> None:
    pace.reserve(bucket)
    bucket.hset(pace.KEY, "at", time.time() - 3600)
    assert pace.reserve(bucket) == (True, 0.0)
    assert tokens(bucket) == RATE / 5 - 1


def test_who_is_told_to_slow_down_halves_the_rate_for_all_and_it_recovers(bucket: Any) -> None:
    pace.slow_down(bucket)
    assert share(bucket) == 0.5
    bucket.hset(pace.KEY, "slowed_at", moment(bucket) + 60)  # what lies ahead counts as this moment
    pace.slow_down(bucket)
    assert share(bucket) == 0.5, "two workers were told the same thing at once"
    slowed_at = moment(bucket) - 2
    bucket.hset(pace.KEY, "slowed_at", slowed_at)
    pace.slow_down(bucket)
    assert 0.25 <= share(bucket) <= 0.25 * 2 ** ((moment(bucket) - slowed_at) / pace.RECOVERY)
    bucket.hincrbyfloat(pace.KEY, "slowed_at", -2 * pace.RECOVERY)
    bucket.hincrbyfloat(pace.KEY, "slowed_at", -1)
    pace.slow_down(bucket)
    assert share(bucket) == 0.5, "two good minutes had brought the full rate back"


@pytest.mark.parametrize("ahead", [2, 3600, 86400])
def test_a_redis_whose_time_goes_back_slows_nothing_down(bucket: Any, ahead: int) -> None:
    """What was noted before lies ahead: a share that "will be" halved in an hour is halved now."""
    pace.slow_down(bucket)
    for field in ("slowed_at", "at"):
        bucket.hset(pace.KEY, field, time.time() + ahead)
    waits = [pace.reserve(bucket)[1] for _ in range(3)]
    assert max(waits) <= 3 / (RATE / 2) + 0.1
    assert share(bucket) == 0.5


def test_the_rate_never_falls_to_nothing(bucket: Any) -> None:
    for _ in range(12):
        pace.slow_down(bucket)
        bucket.hincrbyfloat(pace.KEY, "slowed_at", -1.1)
    assert share(bucket) == pytest.approx(pace.SLOWEST, abs=1e-6)


@pytest.mark.once
def test_without_redis_a_process_sends_one_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    pace.forget()
    seconds = iter([100.0, 100.25, 100.5, 103.0])
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    assert [pace.reserve_alone() for _ in range(4)] == [0, 0.75, 1.5, 0]


# --- The rate ------------------------------------------------------------------------------------


def test_ses_is_asked_once_for_the_accounts_rate(mail_stub: MailStub, settings: Any) -> None:
    settings.EMAILS_PER_SECOND = 0
    mail_stub.rate = 7.0
    assert pace.full_rate() == 7.0
    mail_stub.rate = 9.0
    assert pace.full_rate() == 7.0


def test_an_account_that_does_not_tell_gets_what_accounts_begin_with(
    mail_stub: MailStub, settings: Any
) -> None:
    settings.EMAILS_PER_SECOND = 0
    mail_stub.close()
    assert pace.full_rate() == pace.UNKNOWN_RATE


# --- In a job ------------------------------------------------------------------------------------


@pytest.mark.stack
def test_a_429_slows_the_bucket_that_all_workers_share(
    ses_worker: MailStub, redis_server: RedisServer, recipient: Recipient, template: EmailTemplate
) -> None:
    ses_worker.answer = stub.error("TooManyRequestsException", 429)
    until(envoi_email.delay(recipient.pk).id, is_state(State.WAITING, retries=1))
    assert share(redis_server.client) == 0.5


@pytest.mark.stack
def test_an_email_that_would_wait_long_makes_place_and_keeps_its_retries(
    ses_worker: MailStub, redis_server: RedisServer, recipient: Recipient, template: EmailTemplate
) -> None:
    # Somebody promised a minute's worth of turns; the stub's account sends 1,000 a second.
    redis_server.client.hset(
        pace.KEY, mapping={"tokens": -60_000, "at": redis_server.client.time()[0], "share": 1, "slowed_at": 0}
    )
    job = until(envoi_email.delay(recipient.pk).id, lambda job: job.error_class == "NotItsTurn")
    assert (job.state, job.retries) == (State.WAITING, 0)
    assert job.available_at is not None
    assert job.available_at > timezone.now()
    assert ses_worker.requests == []


@pytest.mark.once
def test_a_redis_that_is_away_is_asked_again_only_after_a_while(
    broker: RedisServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAILS_PER_SECOND = RATE
    monkeypatch.setattr(email_task._Bucket, "away_until", float("-inf"))
    assert email_task.ask_bucket(pace.reserve) == (True, 0.0)
    broker.stop()
    assert email_task.ask_bucket(pace.reserve) is None
    broker.start()
    assert email_task.ask_bucket(pace.reserve) is None
    monkeypatch.setattr(email_task._Bucket, "away_until", float("-inf"))
    assert email_task.ask_bucket(pace.reserve) == (True, 0.0)
