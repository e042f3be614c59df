"""Any order of anything that can happen to a job, against a model of what should.

Hypothesis makes up the orders and shortens the one that fails. `MORE_EXAMPLES=2000` looks for new ones;
without it the same few are tried each time, so that nobody's run fails by chance.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from billiard.exceptions import TimeLimitExceeded
from celery import current_app
from celery.app.task import Context
from celery.exceptions import NotRegistered
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

from tasks_app import control, launching
from tasks_app.broker.lost_messages import MARKER, SUSPECT_AFTER
from tasks_app.clock.recovery import PUBLISHER_HEADSTART, recover
from tasks_app.ledger import transitions
from tasks_app.ledger.lost_run import hand_back, lose
from tasks_app.models import FINAL, Job, State
from tasks_app.worker.result_backend import UNREGISTERED_PAUSE
from tasks_app.worker.result_writer import tell_that_cancelled, tell_that_lost
from tests.cancelling import cancel
from tests.engine import jobs
from tests.engine.deliveries import NAME, Delivery, declared, request_of
from tests.engine.model import Model, Now
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
# What a job that ended still hears of its re-runs.
TOLD_LATER = frozenset({"rerun_id", "rerun_state", "rerun_launched_at", "repaired_at"})
WHICH = st.integers(0, 11)  # of the deliveries there were
# Chance alone seldom leads to a run that is overtaken and lives on, or to a retry: some jobs begin there.
STARTS = ["waiting", "running", "overtaken", "retried"]
ORDERS = [
    *("retry", "retry", "go on", "succeed", "fail", "not know"),
    *("hit the soft limit", "ignore itself", "go back to the queue", "die"),
]


class AnyOrder(RuleBasedStateMachine):
    broker: RedisServer
    person: User
    numbers = count()
    paused = False

    @initialize(
        when_lost=st.sampled_from(["AGAIN", "AGAIN", "ASK", "FAIL"]),
        effect=st.booleans(),
        starts=st.sampled_from(STARTS),
    )
    def launch(self, when_lost: str, effect: bool, starts: str) -> None:
        self.queue = f"queue-{next(self.numbers)}"
        self.all: list[Delivery] = []
        self.sent: list[Job] = []  # the job as each of its messages had it
        self.final: dict[str, Any] = {}  # the rows of jobs that ended, by id
        self.launch_one(when_lost, effect)
        if starts != "waiting":
            self.deliver()
        if starts == "retried":
            self.all[-1].obey("retry", Now.moment)
            self.retried(timedelta(0))
        if starts == "overtaken":
            self.it_freezes_and_another_takes_its_job()

    @precondition(lambda self: self.model.state in FINAL)
    @rule(when_lost=st.sampled_from(["AGAIN", "AGAIN", "ASK"]), effect=st.booleans())
    def the_next_is_launched(self, when_lost: str, effect: bool) -> None:
        """Deliveries of the one before stay, and may end at any time."""
        self.launch_one(when_lost, effect)

    def launch_one(self, when_lost: str, effect: bool) -> None:
        sent = current_app.tasks[NAME].apply_async(
            kwargs={"when_lost": when_lost, "effect": effect},
            queue=self.queue,
            link=jobs.add.si(1, 1).set(queue="aside") if effect else None,
        )
        self.id = sent.id
        self.model = Model(when_lost, effect, due=Now.moment, paused=self.paused, links=int(effect))

    @property
    def job(self) -> Job:
        return Job.objects.get(id=self.id)

    # --- deliveries -------------------------------------------------------------------------------

    @precondition(lambda self: self.broker.client.llen(self.queue))
    @rule()
    def the_message_arrives(self) -> None:
        self.broker.client.rpop(self.queue)
        self.deliver()

    @precondition(lambda self: len(self.alive) < 3 and (self.model.may_start or not self.was_refused))
    @rule()
    def a_copy_of_the_message_arrives(self) -> None:
        self.deliver()

    @precondition(lambda self: self.stale)
    @rule(which=WHICH)
    def a_message_from_before_a_retry_arrives(self, which: int) -> None:
        assert not Delivery(self.stale[which % len(self.stale)]).claimed

    @property
    def stale(self) -> list[Job]:
        return [job for job in self.sent if job.id == self.id and job.retries < self.model.retries]

    @property
    def was_refused(self) -> bool:
        return bool(self.all) and not self.all[-1].claimed

    def deliver(self) -> Delivery:
        self.sent.append(self.job)
        delivery = Delivery(self.sent[-1])
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

    @precondition(lambda self: self.overtaken)
    @rule(which=WHICH, order=st.sampled_from(["succeed", "succeed", "retry", "fail"]))
    def an_overtaken_run_ends(self, which: int, order: str) -> None:
        """Nothing comes of it, whether the job waits, runs again or has ended."""
        delivery = self.overtaken[which % len(self.overtaken)]
        assert not delivery.obey(order, Now.moment)

    @property
    def overtaken(self) -> list[Delivery]:
        return [delivery for delivery in self.alive if delivery.token != self.model.holder]

    def ended(self, delivery: Delivery, order: str) -> None:
        model = self.model
        if order == "succeed":
            model.end(State.SUCCEEDED, "SUCCESS")
            model.effects += [delivery.token] if model.effect else []
            model.follow_ups = model.links
        elif order in ("go on", "ignore itself"):
            model.end(State.CANCELLED, "REVOKED")
        elif order == "go back to the queue":
            model.make_way()
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
    @rule(
        which=WHICH, what=st.sampled_from(["renew", "renew", "miss", "miss", "release", "hit the hard limit"])
    )
    def others_say(self, which: int, what: str) -> None:
        """The thread that renews, the clock, the worker's main process."""
        delivery, holds = self.one_of_all(which)
        job_id, token, model = delivery.job_id, delivery.token, self.model
        if what == "renew":
            assert transitions.renew(job_id, token) == holds
            model.lease_until = Now.moment + LEASE if holds else model.lease_until
        elif what == "miss":
            assert lose(job_id, token, "It is gone.", tell_that_lost) == holds
            if holds:
                model.lose()
        elif what == "release":
            handed_back = hand_back(job_id, token, delivery.context, tell_that_lost, tell_that_cancelled)
            assert handed_back == holds
            if holds:
                model.hand_back()
        else:
            self.it_hits_the_hard_limit(delivery, holds)

    def it_hits_the_hard_limit(self, delivery: Delivery, holds: bool) -> None:
        current_app.backend.mark_as_failure(
            delivery.job_id, TimeLimitExceeded(1), request=delivery.context, store_result=True
        )
        if holds:
            self.model.end(State.UNKNOWN if self.model.when_lost == "ASK" else State.FAILED, "FAILURE")
            self.model.attempt("timed_out")

    @precondition(lambda self: len(self.alive) < 3 and self.model.holder in [one.token for one in self.alive])
    @rule()
    def it_freezes_and_another_takes_its_job(self) -> None:
        """It lives on, and does not know."""
        assert lose(self.id, self.model.holder, "It is gone.", tell_that_lost)
        self.model.lose()
        Now.moment += timedelta(minutes=1)  # longer than the pause after a loss
        self.deliver()

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
            assert cancel(self.job, by=self.person) == "final"
            end = State.SUCCEEDED if sure else State.FAILED
            assert control.settle(self.job, end, by=self.person)
            model.end(end, "SUCCESS" if sure else "FAILURE")
            return
        assert not control.settle(self.job, State.SUCCEEDED, by=self.person)
        if model.state == State.RUNNING:
            assert cancel(self.job, by=self.person) == ("final" if model.asked else "asked")
            model.asked = True
        elif sure:
            assert cancel(self.job, by=self.person) == "cancelled"
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
        assert cancel(job, by=self.person) == "final"
        assert not control.settle(job, State.SUCCEEDED, by=self.person)
        again = launching.rerun(job, by=self.person)
        assert (again.id != self.id, again.rerun_of_id) == (True, self.id)
        self.the_database_is_as_the_model_has_it()
        # A re-run repeats the job, not what followed it.
        self.id = again.id
        self.model = Model(self.model.when_lost, self.model.effect, due=Now.moment, paused=self.paused)

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
        published_before = self.job.published_at
        recover(Now.moment)
        if model.state == State.RUNNING and model.lease_until < Now.moment:
            model.lose(lease_ran_out=True)
        job = self.job
        if not model.may_start or model.due > Now.moment - PUBLISHER_HEADSTART:
            return
        assert job.published_at is not None
        old = Now.moment - (PUBLISHER_HEADSTART if flushed else SUSPECT_AFTER)
        if job.published_at != published_before or job.published_at < old:
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
        kept = [field.attname for field in Job._meta.concrete_fields if field.attname not in TOLD_LATER]
        rows = {row["id"]: row for row in Job.objects.filter(state__in=FINAL).values(*kept)}
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
    monkeypatch.setattr("tasks_app.db.shared_time.now", lambda: Now.moment)
    AnyOrder.broker, AnyOrder.person = broker, admin_user
    with declared(monkeypatch):
        yield AnyOrder


@pytest.mark.timeout(0 if MORE else 300)
@pytest.mark.sweep
def test_a_job_keeps_its_promises_in_any_order_of_events(machine: type[AnyOrder]) -> None:
    """Take the token out of `hot_sql._END`, and on PostgreSQL (SQLite has no use for that statement) an
    overtaken run makes its job "succeeded" while another has it. Take it out of `transitions._held`, and such
    a run puts the job back. Let `hot_sql._CLAIM` forget QueueState, and a job of a paused queue starts.
    """
    run_state_machine_as_test(machine, settings=PROFILE)
