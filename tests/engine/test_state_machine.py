"""Any order of anything that can happen to a job, against a model of what should.

Hypothesis makes up the orders and shortens the one that fails. `MORE_EXAMPLES=2000` looks for new ones;
without it the same few are tried each time, so that nobody's run fails by chance.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from billiard.exceptions import TimeLimitExceeded
from celery import current_app
from celery.app.task import Context
from celery.exceptions import NotRegistered
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, User
from django_celery_results.models import TaskResult
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tasks_app import control, launching, ledger
from tasks_app.missing import MARKER, SUSPECT_AFTER
from tasks_app.models import FINAL, Job, State
from tasks_app.recovery import DEATH_PAUSE, PUBLISHER_HEADSTART, lost, recover
from tasks_app.result_backend import UNREGISTERED_PAUSE
from tests.engine import jobs
from tests.engine.deliveries import NAME, Delivery, declared, request_of
from tests.servers import RedisServer

MORE = int(os.environ.get("MORE_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=MORE or 25,
    stateful_step_count=25,
    derandomize=not MORE,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # 25 steps are short enough to read; making them fewer takes minutes
    suppress_health_check=list(HealthCheck),
)
LEASE = timedelta(minutes=40)  # longer than a test: the thread that renews never wakes
LATER = timedelta(hours=1)
WHICH = st.integers(0, 11)  # of the deliveries there were
ORDERS = [
    *("retry", "retry", "go on", "succeed", "fail", "not know"),
    *("hit the soft limit", "ignore itself", "go back to the queue", "die"),
]


class Now:
    """What the time is: it stands still but for the machine's own steps."""

    moment = datetime(2026, 6, 1, 8, tzinfo=UTC)


NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Model:
    """The job as it should be."""

    when_lost: str
    due: datetime
    state: str = State.WAITING
    holder: str = ""  # token
    lease_until: datetime = NEVER
    paused: bool = False
    asked: bool = False
    runs: int = 0
    retries: int = 0
    deaths: int = 0
    attempts: list[tuple[int, str]] = field(default_factory=list)
    result: str | None = None  # the status of its TaskResult
    effects: list[str] = field(default_factory=list)  # tokens
    links: int = 1  # what follows a success
    follow_ups: int = 0

    def wait(self, due: datetime) -> None:
        self.state, self.due, self.holder = State.WAITING, due, ""

    def end(self, state: str, result: str | None) -> None:
        self.state, self.holder, self.result = state, "", result or self.result

    def attempt(self, outcome: str) -> None:
        self.attempts.append((self.runs, outcome))

    @property
    def may_start(self) -> bool:
        return self.state == State.WAITING and not self.paused and self.due <= Now.moment

    def lose(self) -> None:
        self.deaths += 1
        self.attempt("lost")
        if self.when_lost == "FAIL" or (
            self.when_lost == "AGAIN" and self.deaths >= django_settings.JOB_MAX_DEATHS
        ):
            self.end(State.FAILED, "FAILURE")
        elif self.when_lost == "ASK":
            self.end(State.UNKNOWN, "FAILURE")
        elif self.asked:
            self.end(State.CANCELLED, "REVOKED")
        else:
            self.wait(Now.moment + DEATH_PAUSE * self.deaths)
            self.result = "RETRY"


class AnyOrder(RuleBasedStateMachine):
    broker: RedisServer
    person: User
    numbers = count()
    paused = False

    @initialize(when_lost=st.sampled_from(["AGAIN", "AGAIN", "ASK", "FAIL"]))
    def launch(self, when_lost: str) -> None:
        self.queue = f"queue-{next(self.numbers)}"
        self.all: list[Delivery] = []
        self.final: dict[str, Any] = {}  # the rows of jobs that ended, by id
        self.launch_one(when_lost)

    @precondition(lambda self: self.model.state in FINAL)
    @rule(when_lost=st.sampled_from(["AGAIN", "AGAIN", "ASK"]))
    def the_next_is_launched(self, when_lost: str) -> None:
        """Deliveries of the one before stay, and may end at any time."""
        self.launch_one(when_lost)

    def launch_one(self, when_lost: str) -> None:
        sent = current_app.tasks[NAME].apply_async(
            kwargs={"when_lost": when_lost}, queue=self.queue, link=jobs.add.si(1, 1).set(queue="aside")
        )
        self.id = sent.id
        self.model = Model(when_lost, due=Now.moment, paused=self.paused)

    @property
    def job(self) -> Job:
        return Job.objects.get(id=self.id)

    # --- deliveries -------------------------------------------------------------------------------

    @precondition(lambda self: self.broker.client.llen(self.queue))
    @rule()
    def the_message_arrives(self) -> None:
        self.broker.client.rpop(self.queue)
        self.deliver()

    @precondition(lambda self: len(self.alive) < 3)
    @rule()
    def a_copy_of_the_message_arrives(self) -> None:
        self.deliver()

    def deliver(self) -> Delivery:
        delivery = Delivery(self.job)
        assert delivery.claimed == self.model.may_start
        if delivery.claimed:
            self.model.state, self.model.holder = State.RUNNING, delivery.token
            self.model.lease_until = Now.moment + LEASE
            self.model.runs += 1
        self.all.append(delivery)
        return delivery

    # --- what a run does, whether it still holds its job or not ------------------------------------

    @property
    def alive(self) -> list[Delivery]:
        return [delivery for delivery in self.all if delivery.alive]

    @precondition(lambda self: self.alive)
    @rule(which=WHICH, order=st.sampled_from(ORDERS))
    def a_run_goes_on_or_ends(self, which: int, order: str) -> None:
        delivery = self.alive[which % len(self.alive)]
        pause = timedelta(minutes=2 * (which % 2))
        goes_on = delivery.obey(order, Now.moment + pause)
        holds = delivery.token == self.model.holder
        assert goes_on == (order == "go on" and holds and not self.model.asked)
        if holds and order == "retry":
            self.retried(pause)
        elif holds and not goes_on:
            self.ended(delivery, order)

    def ended(self, delivery: Delivery, order: str) -> None:
        model = self.model
        if order == "succeed":
            model.end(State.SUCCEEDED, "SUCCESS")
            model.effects.append(delivery.token)
            model.follow_ups = model.links
        elif order == "go on":
            model.end(State.CANCELLED, "REVOKED")
        elif order == "ignore itself":  # Celery stores nothing for such a run
            model.end(State.CANCELLED, None)
        elif order == "go back to the queue":
            model.wait(Now.moment)
        elif order != "die":
            model.end(State.UNKNOWN if order == "not know" else State.FAILED, "FAILURE")
            model.attempt("timed_out" if order == "hit the soft limit" else "failed")

    def retried(self, pause: timedelta) -> None:
        if self.model.asked:
            self.model.end(State.CANCELLED, "REVOKED")
        else:
            self.model.attempt("retried")
            self.model.retries += 1
            self.model.wait(Now.moment + pause)
            self.model.result = "RETRY"

    # --- what others say of a run, dead or only thought to be ---------------------------------------

    @precondition(lambda self: self.all)
    @rule(which=WHICH)
    def its_lease_is_renewed(self, which: int) -> None:
        delivery, holds = self.one_of_all(which)
        assert ledger.renew(delivery.job_id, delivery.token) == holds
        if holds:
            self.model.lease_until = Now.moment + LEASE

    @precondition(lambda self: self.all)
    @rule(which=WHICH)
    def its_process_is_missed(self, which: int) -> None:
        delivery, holds = self.one_of_all(which)
        assert lost(delivery.job_id, delivery.token, "It is gone.") == holds
        if holds:
            self.model.lose()

    @precondition(lambda self: self.all)
    @rule(which=WHICH)
    def it_hits_the_hard_limit_or_its_worker_leaves(self, which: int) -> None:
        delivery, holds = self.one_of_all(which)
        if which % 2:
            assert ledger.release(delivery.job_id, delivery.token) == holds
            if holds:
                self.model.wait(Now.moment)
            return
        current_app.backend.mark_as_failure(
            delivery.job_id, TimeLimitExceeded(1), request=delivery.context, store_result=True
        )
        if holds:
            self.model.end(State.UNKNOWN if self.model.when_lost == "ASK" else State.FAILED, "FAILURE")
            self.model.attempt("timed_out")

    def one_of_all(self, which: int) -> tuple[Delivery, bool]:
        """The newest most often; and whether it holds its job."""
        delivery = self.all[-1 - which % 3 % len(self.all)]
        return delivery, delivery.token == self.model.holder

    # --- people ---------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.state not in FINAL)
    @rule(sure=st.booleans())
    def a_person_cancels_or_settles(self, sure: bool) -> None:
        model = self.model
        if model.state == State.UNKNOWN:
            assert control.cancel(self.job, by=self.person) == "final"
            end = State.SUCCEEDED if sure else State.FAILED
            assert control.settle(self.job, end, by=self.person)
            model.end(end, "SUCCESS" if sure else "FAILURE")
            return
        assert not control.settle(self.job, State.SUCCEEDED, by=self.person)
        if model.state == State.RUNNING:
            assert control.cancel(self.job, by=self.person) == ("final" if model.asked else "asked")
            model.asked = True
        elif sure:
            assert control.cancel(self.job, by=self.person) == "cancelled"
            model.end(State.CANCELLED, "REVOKED")

    @rule(stays=st.sampled_from([False, False, True]))
    def a_person_pauses_or_resumes(self, stays: bool) -> None:
        """Nothing starts while the queue is paused; most pauses are over before anything else happens."""
        if not self.paused:
            control.pause(self.queue, by=self.person)
            self.paused = self.model.paused = True
            assert not self.deliver().claimed
        if not stays:
            control.resume(self.queue, by=self.person)
            self.paused = self.model.paused = False

    @precondition(lambda self: self.model.state in FINAL)
    @rule()
    def a_final_job_is_left_alone_and_run_again(self) -> None:
        job = self.job
        assert control.cancel(job, by=self.person) == "final"
        assert not control.settle(job, State.SUCCEEDED, by=self.person)
        again = launching.rerun(job, by=self.person)
        assert (again.id != self.id, again.rerun_of_id) == (True, self.id)
        self.the_database_is_as_the_model_has_it()
        self.id, self.model = again.id, Model(self.model.when_lost, due=Now.moment, paused=self.paused)
        self.model.links = 0  # a re-run repeats the job, not what followed it

    # --- time, the clock, the broker -------------------------------------------------------------------

    @rule(step=st.sampled_from([timedelta(seconds=3), timedelta(seconds=45), timedelta(minutes=41)]))
    def time_passes(self, step: timedelta) -> None:
        Now.moment += step

    @rule(what=st.sampled_from(["pop", "flush", "unknown", "unknown", "expired"]))
    def something_goes_wrong(self, what: str) -> None:
        if what == "pop":  # taken by a worker that died before it said so
            self.broker.client.rpop(self.queue)
        elif what == "flush":
            self.broker.client.flushall()
        elif what == "unknown":  # the message reached a worker of an older release
            current_app.backend.mark_as_failure(self.id, NotRegistered(NAME), request=None)
            if self.model.state == State.WAITING:
                self.model.due = max(self.model.due, Now.moment + UNREGISTERED_PAUSE)
        else:  # its time had passed when it reached a worker
            context = Context(request_of(self.job, "of a delivery that never claimed"))
            current_app.backend.mark_as_revoked(self.id, "expired", request=context)
            if self.model.state == State.WAITING:
                self.model.end(State.CANCELLED, "REVOKED")

    @rule()
    def the_clock_looks(self) -> None:
        """What the tick must find is in the queue afterwards; nothing that may not start is."""
        model, flushed = self.model, not self.broker.client.exists(MARKER)
        recover(Now.moment)
        if model.state == State.RUNNING and model.lease_until < Now.moment:
            model.lose()
        job = self.job
        if not model.may_start or model.due > Now.moment - PUBLISHER_HEADSTART:
            return
        assert job.published_at is not None
        old = Now.moment - (PUBLISHER_HEADSTART if flushed else SUSPECT_AFTER)
        if job.published_at == Now.moment or job.published_at < old:
            assert self.broker.client.llen(self.queue) > 0

    # --- what holds after each step ----------------------------------------------------------------------

    @invariant()
    def the_database_is_as_the_model_has_it(self) -> None:
        job, model = self.job, self.model
        assert (job.state, job.token) == (model.state, model.holder)
        assert (job.runs, job.retries, job.deaths) == (model.runs, model.retries, model.deaths)
        assert (job.lease_until is not None) == (job.state == State.RUNNING)
        assert bool(job.cancel_asked_at) == model.asked
        if model.state == State.WAITING:
            assert job.available_at == model.due
        # Its result agrees, each failed run left one row, and only the run that succeeded took effect.
        result = TaskResult.objects.filter(task_id=self.id).values_list("status", flat=True).first()
        assert result == model.result
        assert list(job.attempts.values_list("number", "outcome")) == model.attempts
        tokens = [delivery.token for delivery in self.all if delivery.job_id == self.id]
        assert list(Group.objects.filter(name__in=tokens).values_list("name", flat=True)) == model.effects
        assert Job.objects.filter(parent_id=self.id).count() == model.follow_ups

    @invariant()
    def an_end_is_written_once(self) -> None:
        rows = {row["id"]: row for row in Job.objects.filter(state__in=FINAL).values()}
        assert {job_id: rows[job_id] for job_id in self.final} == self.final
        self.final = rows

    # --- and in the end ------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """Wherever the steps left it, the job can be brought to its end."""
        if not hasattr(self, "model"):
            return
        try:
            self.bring_to_its_end()
        finally:
            for delivery in self.all:
                if delivery.alive:
                    delivery.obey("die")
            self.broker.client.flushall()
            Job.objects.all().delete()

    def bring_to_its_end(self) -> None:
        control.resume(self.queue, by=self.person)
        self.model.paused = False
        while self.model.state in (State.RUNNING, State.WAITING):
            Now.moment += LATER
            self.the_clock_looks()
            if self.model.state == State.WAITING:
                Now.moment += LATER  # the pause after a loss
                self.the_clock_looks()
                self.ended(self.the_message_arrives_and_succeeds(), "succeed")
        if self.model.state == State.UNKNOWN:
            self.a_person_cancels_or_settles(sure=True)
        self.the_database_is_as_the_model_has_it()
        self.an_end_is_written_once()
        assert self.id in self.final

    def the_message_arrives_and_succeeds(self) -> Delivery:
        assert self.broker.client.rpop(self.queue)
        delivery = self.deliver()
        delivery.obey("succeed")
        return delivery


@pytest.fixture
def machine(
    broker: RedisServer,
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    admin_user: User,
) -> Iterator[type[AnyOrder]]:
    settings.JOB_LEASE = LEASE
    monkeypatch.setattr("django.utils.timezone.now", lambda: Now.moment)
    AnyOrder.broker, AnyOrder.person = broker, admin_user
    with declared(monkeypatch):
        yield AnyOrder


@pytest.mark.timeout(0 if MORE else 300)
def test_a_job_keeps_its_promises_in_any_order_of_events(machine: type[AnyOrder]) -> None:
    run_state_machine_as_test(machine, settings=PROFILE)
