"""What the clock would do now, in words; nothing is changed by asking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.broker.lost_messages import missing_now
from tasks_app.broker.publishing import BROKER_ERRORS
from tasks_app.catalogue import label_of
from tasks_app.clock.force_stop import overdue
from tasks_app.clock.recovery import PUBLISHER_HEADSTART
from tasks_app.db.bad_rows import in_a_line, is_of_one_row, row_by_row
from tasks_app.display import zoned
from tasks_app.ledger.lost_run import state_after_loss
from tasks_app.models import (
    FillIn,
    FillState,
    Job,
    QueueState,
    ScheduleOptions,
    Slot,
    SlotState,
    State,
)
from tasks_app.schedules.planning import changed

COUNTED = 1_000
NAMED = 10


@dataclass(frozen=True)
class Step:
    """One kind of thing that is there: what becomes of it, and the first few by name."""

    what: str
    count: int  # COUNTED stands for as many or more
    examples: list[str]

    @property
    def counted(self) -> str:
        return f"{self.count}+" if self.count >= COUNTED else str(self.count)


def plan(now: datetime) -> list[Step]:
    """Every step that has something to do, in the order of a tick; what waits for somebody else is last."""
    return [step for step in _steps(now) if step.count]


def _steps(now: datetime) -> Iterator[Step]:
    yield _changed_schedules()
    yield _step(
        _("Schedules are due: each makes a job, or passes over what it missed."),
        ScheduleOptions.objects.filter(next_slot__lte=now).select_related("schedule").order_by("next_slot"),
        lambda one: (
            _("%(name)s, due since %(moment)s") % {"name": one.schedule.name, "moment": shown(one.next_slot)}
        ),
    )
    yield _step(
        _("Runs of schedules were held back, and may go now: each makes a job, waits on, or is skipped."),
        Slot.objects.filter(state=SlotState.HELD, held_until__lte=now).order_by("held_until"),
        lambda slot: f"{slot.schedule_name}, {shown(slot.moment)}",
    )
    yield _step(
        _("Past times of schedules are filled in: the next of them get their jobs."),
        FillIn.objects.filter(state=FillState.RUNNING, next_at__lte=now).select_related("schedule"),
        lambda one: f"{one.schedule.name}, {one.done}/{one.total}",
    )
    yield _expired(now)
    yield _lost_by_broker(now)
    yield from _to_publish(now)
    yield _to_stop(now)
    yield from _not_now(now)


def _changed_schedules() -> Step:
    ids = list(islice(changed(), COUNTED))
    names = PeriodicTask.objects.filter(pk__in=ids[:NAMED]).order_by("name").values_list("name", flat=True)
    return Step(_("Schedules were changed: their next time is worked out."), len(ids), list(names))


def _to_stop(now: datetime) -> Step:
    jobs = overdue(now)
    what = _("Jobs were asked to stop and did not: their processes are ended.")
    return Step(what, len(jobs), [_told(job, named) for job in jobs[:NAMED]])


def _expired(now: datetime) -> Step:
    expired = Job.objects.running().filter(lease_until__lt=now).order_by("lease_until")
    return _step(_("Leases ran out: their workers are gone."), expired, _after_loss)


def _after_loss(job: Job) -> str:
    with transaction.atomic():
        state = state_after_loss(job)
        transaction.set_rollback(True)
    become = {
        State.WAITING: _("runs again"),
        State.FAILED: _("fails: worker lost too often"),
        State.CANCELLED: _("is cancelled, as somebody asked"),
        State.UNKNOWN: _("has an unknown outcome, which a person settles"),
    }
    return _("%(job)s %(becomes)s") % {"job": named(job), "becomes": become[state]}


def _lost_by_broker(now: datetime) -> Step:
    what = _("The broker lost messages: they are published again.")
    try:
        ids = missing_now(now, COUNTED)
    except BROKER_ERRORS as error:
        return Step(_("The broker cannot be asked what it holds: %s.") % error, 1, [])
    jobs = _first(Job.objects.filter(pk__in=ids[:NAMED]))
    return Step(what, len(ids), [_told(job, named) for job in jobs])


def _to_publish(now: datetime) -> Iterator[Step]:
    due = Job.objects.waiting().filter(published_at=None, available_at__lte=now - PUBLISHER_HEADSTART)
    open_ones = due.exclude(queue__in=_paused(now)).order_by("available_at")
    tried, untried = open_ones.filter(retries__gt=0), open_ones.filter(retries=0)
    for what, some in (
        (_("Retries are due: they are published."), tried),
        (_("Jobs whose worker was lost are due: they are published."), untried.filter(deaths__gt=0)),
        (
            _("Jobs were handed over or put back: they are published."),
            untried.filter(deaths=0, runs__gt=0),
        ),
        (_("Jobs were never published so far: they are published."), untried.filter(deaths=0, runs=0)),
    ):
        yield _step(what, some, named)


def _not_now(now: datetime) -> Iterator[Step]:
    waiting = Job.objects.waiting().order_by("available_at")
    yield _step(
        _("Left alone: they wait in paused queues, until the pause ends or somebody resumes them."),
        waiting.filter(published_at=None, available_at__lte=now, queue__in=_paused(now)),
        named,
    )
    yield _step(
        _("Left alone: they are due later."),
        waiting.filter(published_at=None, available_at__gt=now),
        lambda job: _("%(job)s, due at %(moment)s") % {"job": named(job), "moment": shown(job.available_at)},
    )
    yield _step(
        _("Left alone: they were replaced by other jobs, and end with them."),
        waiting.filter(published_at=None, available_at=None),
        named,
    )
    yield _step(
        _("Left alone: their outcome is unknown, and a person settles it."),
        Job.objects.filter(state=State.UNKNOWN).order_by("-created_at"),
        named,
    )


def _paused(now: datetime) -> QuerySet[QueueState, Any]:
    return QueueState.objects.paused(now).values("name")


def _step(what: str, rows: QuerySet[Any], tell: Callable[[Any], str]) -> Step:
    count = len(rows.order_by().values_list("pk", flat=True)[:COUNTED])
    return Step(what, count, [_told(row, tell) for row in _first(rows)] if count else [])


def _first(rows: QuerySet[Any]) -> Iterable[Any]:
    return row_by_row(rows)[:NAMED]


def _told(row: Any, tell: Callable[[Any], str]) -> str:
    try:
        return tell(row)
    except Exception as error:
        if not is_of_one_row(error):
            raise
        return _("%(row)s, of which nothing can be told (%(error)s)") % {
            "row": row.pk,
            "error": in_a_line(error),
        }


def named(job: Job) -> str:
    about = f" {job.about}" if job.about else ""
    return f"{label_of(job.name)}{about} [{job.pk}]"


def shown(moment: datetime | None) -> str:
    return zoned(timezone.localtime(moment), "Y-m-d H:i:s T") if moment else ""
