"""What there is of a job beside its row, asked with it: its page asks for nothing that is not there."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Left, NullIf
from django_celery_results.models import TaskResult

from tasks_app.admin.arguments import RESULT_LENGTH
from tasks_app.admin.jobs.lineage import with_lineage
from tasks_app.models import BatchItem, Job, LogChunk, Slot

FAMILY, CHAIN, BATCH, LOG = "has_family", "has_chain", "has_batch", "has_log"
SLOT, RESULT = "slot", "result"


def with_belongings(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """One job, for its page."""
    own, others = OuterRef("pk"), Job.objects.order_by().exclude(pk=OuterRef("pk"))
    family, root = Coalesce(OuterRef("family"), own), Coalesce(NullIf(OuterRef("root_id"), Value("")), own)
    slot = Slot.objects.filter(job_id=own)
    # No more is read than is shown: one from before results had a bound may be of any size.
    result = TaskResult.objects.filter(task_id=own).order_by()
    found: dict[str, Any] = {
        FAMILY: Exists(others.filter(family=family))
        | Exists(others.filter(rerun_of=own))
        | Exists(others.filter(pk=OuterRef("family"))),
        # Most jobs have no root: PostgreSQL, which cannot know that one is asked for, would read all.
        CHAIN: Exists(others.filter(root_id=root, root_id__gt="")),
        BATCH: Exists(BatchItem.objects.filter(new_job_id=own).order_by())
        | Exists(BatchItem.objects.filter(job_id=own).order_by()),
        LOG: Exists(LogChunk.objects.filter(job_id=own)),
        f"{SLOT}_schedule": Subquery(slot.values("schedule_id")[:1]),
        f"{SLOT}_name": Subquery(slot.values("schedule_name")[:1]),
        f"{RESULT}_key": Subquery(result.values("pk")[:1]),
        f"{RESULT}_text": Subquery(result.values(text=Left("result", RESULT_LENGTH + 1))[:1]),
    }
    return with_lineage(jobs).annotate(**found)


def may_have(job: Job, what: str) -> bool:
    """Whether it is worth asking for; of a job that was read otherwise nobody knows."""
    return bool(vars(job).get(what, True))


def slot_of(job: Job) -> tuple[Any, str | None]:
    """Key and name of the schedule whose time it was: the key is None of one that is gone, both of none."""
    known = vars(job)
    return known.get(f"{SLOT}_schedule"), known.get(f"{SLOT}_name")


def result_of(job: Job) -> tuple[Any, str | None]:
    """Key and text of its result, no longer than is shown."""
    known = vars(job)
    return known.get(f"{RESULT}_key"), known.get(f"{RESULT}_text")
