"""A part of a look that fails stops no other, is told on the dashboard, and is told no more once it goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils import timezone

from tasks_app.clock.scheduler import ClockScheduler
from tasks_app.clock.steps import Steps
from tasks_app.clock.tick import tick
from tasks_app.db.bad_rows import is_away, is_of_one_row
from tasks_app.models import Job, Node
from tasks_app.monitor.health.clock import STEPS, check_clock
from tests.clock.making import at, every, schedule

MORNING = at("2026-06-01 08:00")
# By step, what it does; of the scheduler, and of the tick.
AROUND = {
    "seeds": "tasks_app.clock.scheduler.seeds.seed",
    "time": "tasks_app.clock.scheduler.mend",
    "counts": "tasks_app.clock.scheduler.counters.count_ended",
    "failures": "tasks_app.clock.scheduler.counting.count",
    "alerts": "tasks_app.clock.scheduler.watching.look",
    "health": "tasks_app.clock.scheduler.look_after_schedules",
    "search": "tasks_app.clock.scheduler.filling.fill",
}
# What is done after the sign of life is told with the next one.
AFTERWARDS = {"alerts", "health"}
WITHIN = {
    "changes": "tasks_app.clock.tick.sync",
    "slots": "tasks_app.clock.tick._what_is_due",
    "held": "tasks_app.clock.tick._let_go",
    "fill_ins": "tasks_app.clock.tick._fill_in",
    "pauses": "tasks_app.clock.tick.note_ended_pauses",
    "leases": "tasks_app.clock.recovery.take_back_expired_leases",
    "broker": "tasks_app.clock.recovery.find_what_the_broker_lost",
    "publish": "tasks_app.clock.recovery.publish_due",
    "stops": "tasks_app.clock.tick.stop_by_force",
}


def stumble(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError("a row that nobody foresaw")


@pytest.mark.django_db
@pytest.mark.parametrize("name", WITHIN)
def test_a_step_that_fails_stops_no_other(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule(changed=MORNING, interval=every(1, "hours"))
    tick(MORNING)
    monkeypatch.setattr(WITHIN[name], stumble)
    report = tick(MORNING + timedelta(hours=1))
    assert report.failed == {name: "RuntimeError: a row that nobody foresaw"}
    assert Job.objects.exists() is (name != "slots")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", AROUND | WITHIN)
def test_the_dashboard_hears_of_it_at_once_and_when_it_is_over(
    name: str, monkeypatch: pytest.MonkeyPatch, broker: Any
) -> None:
    beat = ClockScheduler(app=current_app)
    beat.lenient_until = 0.0
    if name not in ("seeds", "time"):  # of the first look
        beat.tick()
    with monkeypatch.context() as broken:
        broken.setattr((AROUND | WITHIN)[name], stumble)
        beat.beat_due = beat.search_due = beat.health_due = 0.0
        beat.tick()
        if name in AFTERWARDS:
            beat.beat_due = 0.0
            beat.tick()
    assert list(Node.objects.get().details["failed"]) == [name]
    said = [finding.sentence for finding in check_clock(timezone.now())]
    assert str(STEPS[name]) in said
    for _sign_of_life in range(2 if name in AFTERWARDS else 1):
        beat.beat_due = 0.0
        beat.tick()
    assert Node.objects.get().details["failed"] == {}


def test_every_step_has_a_sentence() -> None:
    assert set(STEPS) == set(AROUND | WITHIN)


class Refused(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "sqlstate", "of_one_row", "away"),
    [
        (OperationalError, None, False, True),  # no server answered; or SQLite's "database is locked"
        (OperationalError, "57P01", False, True),  # it was shut down
        (OperationalError, "40P01", False, True),  # a deadlock
        (OperationalError, "54000", True, False),  # too large for an index
        (DatabaseError, "42P01", False, False),  # no such table: not migrated
        (InterfaceError, None, False, True),
    ],
)
def test_a_database_that_is_away_is_told_from_a_row_that_it_refuses(
    error: type[Exception], sqlstate: str | None, of_one_row: bool, away: bool
) -> None:
    raised = error("x")
    raised.__cause__ = Refused(sqlstate)
    assert (is_of_one_row(raised), is_away(raised)) == (of_one_row, away)


def test_a_database_that_is_away_ends_the_look() -> None:
    steps = Steps()
    with pytest.raises(OperationalError), steps.step("slots"):
        raise OperationalError("no route to host")
    assert steps.failed == {}
