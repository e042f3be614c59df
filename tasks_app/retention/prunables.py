"""What the engine forgets in time: results, finished jobs, slots, groups, nodes that are gone.

Never touched: what is running, waiting or unknown, and the last outcome of each schedule.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice

from celery import states
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask
from django_celery_results.models import ChordCounter, GroupResult, TaskResult

from tasks_app.db.pages import in_pages
from tasks_app.failures.forgetting import forget
from tasks_app.failures.forgetting import old_groups as old_failure_groups
from tasks_app.models import (
    FINAL,
    OPEN_SLOTS,
    Alert,
    AlertNotice,
    Batch,
    BatchItem,
    Continuation,
    FillIn,
    FillState,
    Job,
    LogChunk,
    MessageTally,
    Node,
    PromiseDay,
    SchedulePause,
    ScheduleTrouble,
    SearchText,
    Slot,
    SlotState,
)
from tasks_app.models.batch import ENDED
from tasks_app.retention.prune import Prunable, Refused, rows
from tasks_app.search.things import JOB

ENDED_SLOTS = (SlotState.DONE, SlotState.LATE, SlotState.FAILED, SlotState.SKIPPED)


def last_outcomes() -> QuerySet[PeriodicTask]:
    """The schedules, each with `job` and `slot`: of the last slot that had an outcome."""
    ended = (
        Slot.objects.filter(schedule=OuterRef("pk"), state__in=ENDED_SLOTS)
        .exclude(job_id="")
        .order_by("-moment")
    )
    found: QuerySet[PeriodicTask] = PeriodicTask.objects.annotate(
        job=Subquery(ended.values("job_id")[:1], output_field=CharField()),
        slot=Subquery(ended.values("pk")[:1]),
    ).exclude(slot=None)
    return found


def old_results(before: datetime) -> QuerySet[TaskResult]:
    kept = last_outcomes().values("job")
    unfinished = Job.objects.filter(id=OuterRef("task_id")).exclude(state__in=FINAL)
    found: QuerySet[TaskResult] = (
        TaskResult.objects.filter(~Exists(unfinished), date_done__lt=before, status__in=states.READY_STATES)
        .exclude(task_id__in=kept)
        .order_by("date_done")
    )
    return found


def old_jobs(before: datetime) -> QuerySet[Job]:
    kept = last_outcomes().values("job")
    return Job.objects.filter(ended_at__lt=before, state__in=FINAL).exclude(id__in=kept).order_by("ended_at")


def old_continuations(before: datetime) -> QuerySet[Continuation]:
    """What they stand for cannot go on a second time while a job of it is kept."""
    kept = Job.objects.filter(root_id=OuterRef("root_id"))
    return Continuation.objects.filter(~Exists(kept), at__lt=before).order_by("at")


def old_batches(before: datetime) -> QuerySet[Batch]:
    """What they launched has gone before them; a batch that is open stays, however old."""
    # One item of each batch, and its own job by its key: as joins (EXISTS) all items and all jobs were read.
    job = Job.objects.filter(pk=OuterRef("new_job_id")).order_by()
    launched = BatchItem.objects.filter(batch=OuterRef("pk"), new_job_id__isnull=False).order_by()
    kept = launched.alias(kept=Subquery(job.values("pk")[:1])).filter(kept__isnull=False)
    ended = Batch.objects.filter(state__in=ENDED, ended_at__lt=before).order_by("ended_at")
    return ended.alias(kept=Subquery(kept.values("pk")[:1])).filter(kept=None)


def old_batch_items(before: datetime) -> QuerySet[BatchItem]:
    """Of the oldest batch: a batch may have very many, and goes with the last of them."""
    oldest = old_batches(before).filter(Exists(BatchItem.objects.filter(batch=OuterRef("pk"))))
    return BatchItem.objects.filter(batch__in=list(oldest.values_list("pk", flat=True)[:1])).order_by("pk")


def emptied_batches(before: datetime) -> QuerySet[Batch]:
    return old_batches(before).filter(~Exists(BatchItem.objects.filter(batch=OuterRef("pk"))))


@transaction.atomic
def remove_jobs(ids: Sequence[str]) -> None:
    """With what they are found by, their log lines, and out of the counts of failures."""
    forget(ids)
    JOB.forget(ids)
    LogChunk.objects.filter(job_id__in=ids).delete()
    SearchText.objects.filter(thing=JOB.name, ref__in=ids).delete()
    Job.objects.filter(pk__in=ids).delete()


def _prune_log_lines(before: datetime, limit: int, refused: Refused) -> int:
    """The oldest are those with the smallest ids: no index of their moments is written for this alone."""
    return LogChunk.objects.filter(pk__in=_old_log_lines(before, limit)).delete()[0]


def _count_log_lines(before: datetime, most: int) -> int:
    return len(_old_log_lines(before, most))


def _old_log_lines(before: datetime, limit: int) -> list[int]:
    oldest = LogChunk.objects.order_by("pk").values_list("pk", "at")[:limit]
    return [pk for pk, at in oldest if at < before]


def old_slots(before: datetime) -> QuerySet[Slot]:
    """One that is open belongs to a job that has not ended, or is held back for one."""
    kept = last_outcomes().values("slot")
    return (
        Slot.objects.filter(decided_at__lt=before)
        .exclude(state__in=OPEN_SLOTS)
        .exclude(pk__in=kept)
        .order_by("decided_at")
    )


def old_groups(before: datetime) -> QuerySet[GroupResult]:
    waited_for = ChordCounter.objects.values("group_id")
    found: QuerySet[GroupResult] = (
        GroupResult.objects.filter(date_done__lt=before)
        .exclude(group_id__in=waited_for)
        .order_by("date_done")
    )
    return found


def old_message_tallies(before: datetime) -> QuerySet[MessageTally]:
    return MessageTally.objects.filter(hour__lt=before).order_by("hour")


def old_alerts(before: datetime) -> QuerySet[Alert]:
    """What is over and was told."""
    return Alert.objects.filter(ended_at__lt=before, begin_told=True, end_told=True).order_by("ended_at")


def old_notices(before: datetime) -> QuerySet[AlertNotice]:
    return AlertNotice.objects.filter(at__lt=before).order_by("at")


def old_troubles(before: datetime) -> QuerySet[ScheduleTrouble]:
    """What is over and was told."""
    over = ScheduleTrouble.objects.filter(ended_at__lt=before, begin_told=True, end_told=True)
    return over.order_by("ended_at")


def old_promise_days(before: datetime) -> QuerySet[PromiseDay]:
    """They outlive the slots: as long as what people did is kept."""
    return PromiseDay.objects.filter(day__lt=before.date()).order_by("day")


def old_pauses(before: datetime) -> QuerySet[SchedulePause]:
    """Over, and needed no more: failures in a row are counted from the last pause that failures began, and a
    time that is still held back is decided by the pause that held then."""
    later = SchedulePause.objects.filter(
        schedule=OuterRef("schedule"), failures__isnull=False, begins_at__gt=OuterRef("begins_at")
    )
    held = Slot.objects.filter(schedule=OuterRef("schedule"), state=SlotState.HELD)
    over = Q(ended_at__lt=before) | Q(ended_at=None, until__lt=before)
    found: QuerySet[SchedulePause] = SchedulePause.objects.filter(
        over, Q(failures=None) | Exists(later), ~Exists(held)
    )
    return found.order_by("begins_at")


def old_fill_ins(before: datetime) -> QuerySet[FillIn]:
    """Each holds up to 10,000 moments."""
    return FillIn.objects.exclude(state=FillState.RUNNING).filter(ended_at__lt=before).order_by("ended_at")


def silent_nodes(before: datetime) -> QuerySet[Node]:
    return Node.objects.filter(beat_at__lt=before).order_by("beat_at")


def orphan_chords(before: datetime, refused: Refused) -> Iterator[int]:
    """Chord counters that will never reach zero: none of their jobs is unfinished or ended lately.

    A counter has no date of its own; there are only as many as there are chords under way.
    """
    for counter in chain.from_iterable(in_pages(ChordCounter.objects.all(), size=100)):
        try:
            ids = list(_ids(json.loads(counter.sub_tasks)))
        except (ValueError, RecursionError) as error:  # its jobs cannot be known
            refused[counter.pk] = error
            continue
        if not Job.objects.filter(id__in=ids).exclude(state__in=FINAL, ended_at__lt=before).exists():
            yield counter.pk


def _ids(result: object) -> Iterator[str]:
    """The task ids in Celery's nested result tuples: `[[id, parent], children]`."""
    if isinstance(result, str):
        yield result
    elif isinstance(result, list):
        for part in result:
            yield from _ids(part)


def _prune_chords(before: datetime, limit: int, refused: Refused) -> int:
    ids = list(islice(orphan_chords(before, refused), limit))
    ChordCounter.objects.filter(pk__in=ids).delete()
    return len(ids)


def _count_chords(before: datetime, most: int) -> int:
    return len(list(islice(orphan_chords(before, {}), most)))


PRUNABLES: list[Prunable] = [
    rows("results", _("Results"), "results", old_results),
    Prunable("chords", _("Chords that never ended"), "results", _prune_chords, _count_chords),
    rows("groups", _("Results of groups"), "results", old_groups),
    rows("jobs", _("Finished jobs"), "jobs", old_jobs, remove_jobs),
    rows("failure_groups", _("Causes of failures without a job"), "jobs", old_failure_groups),
    rows("batch_items", _("Jobs of batches"), "jobs", old_batch_items),
    rows("batches", _("Batches"), "jobs", emptied_batches),
    Prunable("log_lines", _("Log lines of jobs"), "log_lines", _prune_log_lines, _count_log_lines),
    rows("continuations", _("Chains that went on after a re-run"), "jobs", old_continuations),
    rows("messages_without_job", _("Counts of messages without a job"), "jobs", old_message_tallies),
    rows("alerts", _("Alerts that are over"), "jobs", old_alerts),
    rows("alert_notices", _("Notices of alerts"), "jobs", old_notices),
    rows("slots", _("History of schedules"), "jobs", old_slots),
    rows("pauses", _("Pauses of schedules that are over"), "jobs", old_pauses),
    rows("fill_ins", _("Fill-ins that ended"), "jobs", old_fill_ins),
    rows("troubles", _("Troubles of schedules that are over"), "jobs", old_troubles),
    rows("promise_days", _("Days of promises"), "audit", old_promise_days),
    rows("nodes", _("Processes that are gone"), "results", silent_nodes),
]
