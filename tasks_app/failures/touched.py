"""Whom failed jobs touch: people, as the domain names them, and the schedules that wanted them.

Keys alone are kept. Whoever was removed since is counted still, and named by nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.conf import settings
from django.db.models import F
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from tasks_app.failures.keys import Key
from tasks_app.failures.rows import Failed
from tasks_app.ledger.message_codec import SCHEDULE
from tasks_app.models import FailureGroup, FailureTouch, Job

Sort = FailureTouch.Sort

MOST = 10_000  # of each sort: beyond it a group says "more than 10,000"

type Touched = tuple[str, str]  # the id of a job, the key of whom it touches

# The domain adds its own: functions of ids of jobs that name the people whom these jobs are about. A job of
# which none is named touches whoever launched it.
people_of: list[Callable[[Sequence[str]], Iterable[Touched]]] = []


def person_key(model_label: str, pk: object) -> str:
    """ "backoffice.recipient:42" """
    return f"{model_label}:{pk}"


def add_touched(groups: Mapping[Key, FailureGroup], failed: Sequence[Failed]) -> None:
    """Add to each group whom these jobs touch, and count them there; the caller saves the counts.

    Under the lock on the progress row: nobody else adds.
    """
    by_job = {row.id: groups[row.key] for row in failed if row.key in groups}
    found: dict[tuple[int, str], set[str]] = defaultdict(set)
    for sort, touched in ((Sort.PERSON, _people(list(by_job))), (Sort.SCHEDULE, _schedules(list(by_job)))):
        for job_id, key in touched:
            if _count_of(by_job[job_id], sort) <= MOST:
                found[by_job[job_id].pk, sort].add(key)
    _write(found, {group.pk: group for group in by_job.values()})


def _write(found: Mapping[tuple[int, str], set[str]], groups: Mapping[int, FailureGroup]) -> None:
    keys = {key for touched in found.values() for key in touched}
    if not keys:
        return
    known = set(
        FailureTouch.objects.filter(group__in=groups, key__in=keys).values_list("group_id", "sort", "key")
    )
    new = []
    for (pk, sort), touched in found.items():
        room = MOST + 1 - _count_of(groups[pk], sort)
        added = [key for key in sorted(touched) if (pk, sort, key) not in known][:room]
        new += [FailureTouch(group_id=pk, sort=sort, key=key) for key in added]
        name = "people" if sort == Sort.PERSON else "schedules"
        setattr(groups[pk], name, _count_of(groups[pk], sort) + len(added))
    FailureTouch.objects.bulk_create(new, ignore_conflicts=True, batch_size=1_000)


def _count_of(group: FailureGroup, sort: str) -> int:
    return group.people if sort == Sort.PERSON else group.schedules


def _people(ids: Sequence[str]) -> Iterable[Touched]:
    named: set[str] = set()
    for ask in people_of:
        for job_id, key in ask(ids):
            named.add(job_id)
            yield job_id, key
    rest = [job_id for job_id in ids if job_id not in named]
    launched = Job.objects.filter(pk__in=rest, created_by__isnull=False)
    for job_id, user in launched.values_list("pk", "created_by_id"):
        yield job_id, person_key(settings.AUTH_USER_MODEL.lower(), user)


def _schedules(ids: Sequence[str]) -> Iterable[Touched]:
    """By the header of its message: at a slot, or run now by a person."""
    schedule = KeyTextTransform(SCHEDULE, KeyTransform("headers", F("message")))
    rows = Job.objects.filter(pk__in=ids).annotate(schedule=schedule).filter(schedule__isnull=False)
    for job_id, key in rows.values_list("pk", "schedule"):
        yield job_id, str(key)[:100]
