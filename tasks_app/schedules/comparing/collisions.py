"""What else a schedule's queue has to do at its times, and for how long, by past durations.

Looked at are the first days on which it runs: what is shared there is shared on the others like them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from celery import current_app
from django.db.models import Q
from django_celery_beat.models import PeriodicTask

from tasks_app.db.bad_rows import is_of_one_row, row_by_row
from tasks_app.ledger.message_codec import queue_name
from tasks_app.schedules.comparing.comparison import Span, spans
from tasks_app.schedules.comparing.day_bits import first_moments, lasting
from tasks_app.schedules.comparing.durations import mean_seconds
from tasks_app.schedules.comparing.timetables import Runs
from tasks_app.schedules.rhythm import InvalidRhythm, Rhythm, rhythm_of

DAYS_LOOKED_AT = 7
OTHERS_LOOKED_AT = 500
SHOWN = 8
LONGEST = 6 * 3600  # seconds: a longer run meets everything anyway
SHORTEST = 60


@dataclass(frozen=True)
class Collision:
    """Another schedule that is at work at the same time."""

    schedule: PeriodicTask
    times: int
    first: datetime


@dataclass
class QueueLoad:
    """Of the days looked at: seconds of work of this schedule before and after, and of all others."""

    queue: str
    days: int = 0
    seconds_each: float | None = None  # of one run; None: no run of its kind was measured yet
    before: float = 0
    after: float = 0
    others: float = 0
    others_left_out: int = 0
    collisions: list[Collision] = field(default_factory=list)
    times: int = 0  # of all collisions, those that are not shown too

    @property
    def each(self) -> timedelta | None:
        return None if self.seconds_each is None else timedelta(seconds=self.seconds_each)

    @property
    def a_day(self) -> dict[str, timedelta]:
        """How long the queue is busy with them, on a day of those looked at."""
        sums = {"before": self.before, "after": self.after, "others": self.others}
        return {name: timedelta(seconds=total / max(self.days, 1)) for name, total in sums.items()}


def queue_of(schedule: PeriodicTask) -> str:
    """Where its jobs wait."""
    options = {name: getattr(schedule, name) for name in ("queue", "exchange", "routing_key")}
    given = {name: value for name, value in options.items() if value}
    task = current_app.tasks.get(schedule.task)
    routed = current_app.amqp.router.route(given, schedule.task, (), {}, task_type=task)
    return queue_name(routed.get("queue"), routed.get("exchange"), routed.get("routing_key"))


def load_of(
    schedule: PeriodicTask, old: Rhythm | None, new: Rhythm | None, now: datetime, zone: ZoneInfo
) -> QueueLoad:
    """What the change means for the schedule's queue."""
    found = QueueLoad(queue_of(schedule))
    mine = Runs(new) if new else None
    chosen = _first_days(mine, now, zone) if mine else []
    if mine is None or not chosen:
        return found
    others, found.others_left_out = _others(schedule, found.queue)
    durations = mean_seconds([schedule.task, *(other.task for other in others)])
    found.days, found.seconds_each = len(chosen), durations.get(schedule.task)
    took = durations.get(schedule.task, SHORTEST)
    found.after = took * sum(bits.bit_count() for _span, bits in chosen)
    if old:
        runs = Runs(old)
        found.before = took * sum(runs.bits(day.begin, day.seconds).bit_count() for day, _bits in chosen)
    _meet(found, chosen, took, ((other, durations.get(other.task, SHORTEST)) for other in others))
    return found


def _first_days(mine: Runs, now: datetime, zone: ZoneInfo) -> list[tuple[Span, int]]:
    found: list[tuple[Span, int]] = []
    for span in spans(now, zone):
        if span.past:
            continue
        bits = mine.bits(span.begin, span.seconds)
        if bits:
            found.append((span, bits))
        if len(found) == DAYS_LOOKED_AT:
            break
    return found


def _others(schedule: PeriodicTask, queue: str) -> tuple[list[PeriodicTask], int]:
    """Those of the same queue that are on, and how many more there are than are looked at."""
    enabled = PeriodicTask.objects.filter(enabled=True).exclude(pk=schedule.pk)
    pairs = enabled.order_by().values_list("task", "queue", "exchange", "routing_key").distinct()
    same = Q(pk__in=[])
    for task, own_queue, exchange, routing_key in pairs:
        like = PeriodicTask(task=task, queue=own_queue, exchange=exchange, routing_key=routing_key)
        if queue_of(like) == queue:
            same |= Q(task=task, queue=own_queue, exchange=exchange, routing_key=routing_key)
    rows = enabled.filter(same).select_related("options", "crontab", "interval", "solar", "clocked")
    rows = rows.prefetch_related("rule__calendar").order_by("name")
    found = list(row_by_row(rows[:OTHERS_LOOKED_AT]))
    return found, max(enabled.filter(same).count() - len(found), 0) if len(found) == OTHERS_LOOKED_AT else 0


def _meet(
    found: QueueLoad,
    chosen: Sequence[tuple[Span, int]],
    took: float,
    others: Iterable[tuple[PeriodicTask, float]],
) -> None:
    """Which of the others begin while this one is at work, or are at work when it begins."""
    at_work = [(day, bits, lasting(bits, _whole(took))) for day, bits in chosen]
    met = []
    for other, its_took in others:
        runs = _runs_of(other)
        if runs is None:
            continue
        times, first = 0, None
        for day, bits, busy in at_work:
            its = runs.bits(day.begin, day.seconds)
            found.others += its_took * its.bit_count()
            meeting = (its & busy) | (lasting(its, _whole(its_took)) & bits)
            times += meeting.bit_count()
            first = first or next(iter(first_moments(day.begin, meeting, 1)), None)
        if first is not None:
            met.append(Collision(other, times, first))
    met.sort(key=lambda one: (-one.times, one.first, one.schedule.name))
    found.times = sum(one.times for one in met)
    found.collisions = met[:SHOWN]


def _runs_of(other: PeriodicTask) -> Runs | None:
    """None of one that cannot be followed: it does not run either."""
    options = getattr(other, "options", None)
    if options is None or options.invalid:
        return None
    try:
        return Runs(rhythm_of(other, options.anchor))
    except InvalidRhythm:
        return None
    except Exception as error:
        if not is_of_one_row(error):
            raise
        return None


def _whole(seconds: float) -> int:
    return min(max(ceil(seconds), SHORTEST), LONGEST)
