"""A job and all its re-runs are one family; here each of them learns how its work ended after all.

    A failed ──► B failed ──► C succeeded        A, B: run again, succeeded, as C
        └──────► D failed, launched after C      D needs somebody; A and B stay repaired

The rule (docs/decisions/0024-one-family-of-re-runs.md): a job is told of those that were launched after it.
Of these the last that succeeded counts, else the last. So nothing depends on the order in which they end.

Rows of a family are locked from the newest to the oldest, by ends and by launches alike, and an end holds its
own row, which is newer than all that it tells: no two of them can wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q

from tasks_app.db import given_rows, shared_time
from tasks_app.db.among import Among
from tasks_app.ledger import causes
from tasks_app.ledger.message_codec import FAMILY
from tasks_app.models import OPEN, Job, State
from tasks_app.notices import Notice, Wording

_JOB = Job._meta.db_table

# One statement: of a job that is no re-run it changes nothing. `earlier` is read, and locked, before any row
# is changed.
_TELL = f"""
WITH me AS (SELECT id, family, state, created_at FROM {_JOB} WHERE id = %(id)s AND family IS NOT NULL),
earlier AS MATERIALIZED (
    SELECT id FROM {_JOB}
    WHERE (id = (SELECT family FROM me) OR family = (SELECT family FROM me))
        AND created_at < (SELECT created_at FROM me)
    ORDER BY created_at DESC, id DESC {{lock}}
)
UPDATE {_JOB} SET rerun_id = me.id, rerun_state = me.state, rerun_launched_at = me.created_at,
    repaired_at = CASE WHEN me.state = 'succeeded' THEN COALESCE({_JOB}.repaired_at, %(now)s) END
FROM me
WHERE {_JOB}.id IN (SELECT id FROM earlier) AND (
    {_JOB}.rerun_id IS NULL OR {_JOB}.rerun_id = me.id
    OR ({_JOB}.repaired_at IS NULL AND me.state = 'succeeded')
    OR ({_JOB}.rerun_launched_at < me.created_at AND ({_JOB}.repaired_at IS NULL OR me.state = 'succeeded'))
)
"""  # noqa: S608 - table names are the models' own


def tell_family(job_id: str) -> None:
    """Tell the earlier jobs of its family how it is: at its launch, and in the transaction of its end."""
    lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
    now = connection.ops.adapt_datetimefield_value(shared_time.now())
    with connection.cursor() as cursor:
        cursor.execute(_TELL.format(lock=lock), {"id": job_id, "now": now})


def tell_family_of_request(job_id: str, request: Any) -> None:
    """The same, where Celery's request says that the job may be a re-run."""
    if may_be_rerun(request):
        tell_family(job_id)


def may_be_rerun(request: Any) -> bool:
    """From the message alone, so that no other job pays for it. One that was replaced may have lost the
    header, and an eager call has none."""
    return bool(
        getattr(request, FAMILY, None)
        or getattr(request, "replaced_task_nesting", None)
        or getattr(request, "is_eager", None)
    )


def tell_of_launched(told: Iterable[tuple[str, Job]]) -> None:
    """As `tell_family`, of re-runs that were just launched, one of a family and its last: to the members of
    their families, by id, which are locked (`lock_families`)."""
    rows = ({"id": pk, "new_id": new.id, "launched_at": new.created_at} for pk, new in told)
    table = given_rows.table(id="text", new_id="text", launched_at="timestamptz")
    with connection.cursor() as cursor:
        cursor.execute(_LAUNCHED.format(given=table), [given_rows.value(rows)])


_LAUNCHED = f"""
UPDATE {_JOB} SET rerun_id = given.new_id, rerun_state = '{State.WAITING}',
    rerun_launched_at = given.launched_at
FROM {{given}}
WHERE {_JOB}.id = given.id AND {_JOB}.created_at < given.launched_at AND {_JOB}.repaired_at IS NULL
"""  # noqa: S608 - table names are the models' own


# --- Before a launch ---------------------------------------------------------------------------


def family_of(job: Job) -> str:
    """The id of the first job of its family."""
    if job.family is not None or job.rerun_of_id is None:
        return job.family or job.id
    # A re-run that a version before this one launched while its families were being written.
    first = job
    while first.rerun_of is not None:
        first = first.rerun_of
    return first.family or first.pk


class Member(NamedTuple):
    """One job of a family."""

    id: str
    created_at: datetime
    state: str


class Locked(NamedTuple):
    """What may have changed of a job until its family was locked."""

    state: str
    rerun_id: str | None
    repaired_at: datetime | None


def lock_families(jobs: Collection[Job]) -> dict[str, Locked]:
    """Until the transaction ends nobody else runs one of them again; see above for the order.

    The jobs of their families as they are then, by id. One that was launched while this waited is not among
    them: it is asked for afterwards (`members_of`).
    """
    families = {family_of(job) for job in jobs}
    ids = families | {job.id for job in jobs}
    of_them = Job.objects.filter(Q(Among("id", ids)) | Q(Among("family", families)))
    locked = of_them.select_for_update().order_by("-created_at", "-id")
    return {pk: Locked(*its) for pk, *its in locked.values_list("id", *Locked._fields)}


def members_of(jobs: Collection[Job]) -> dict[str, list[Member]]:
    """The jobs of the families of these that are kept, these among them, by the id of the first."""
    families = {job.id: family_of(job) for job in jobs}
    found: dict[str, list[Member]] = {name: [] for name in families.values()}
    for job in jobs:
        member = Member(job.id, job.created_at, job.state)
        found[families[job.id]].append(member)
        if job.id in found and families[job.id] != job.id:  # a re-run that others take for their first
            found[job.id].append(member)
    for name, member in _members(Among("family", found)):
        if member.id not in families:
            found[name].append(member)
    if firsts := found.keys() - families.keys():
        for _none, member in _members(Among("id", firsts)):
            found[member.id].append(member)
    return found


def _members(condition: Among) -> Iterator[tuple[str, Member]]:
    """Each with the name of its family."""
    rows = Job.objects.filter(condition).order_by().values_list("family", "id", "created_at", "state")
    for family, pk, created_at, state in rows:
        yield str(family), Member(pk, created_at, state)


def open_among(job: Job, members: Sequence[Member]) -> Member | None:
    """Of its family, the latest that was launched after it and whose outcome is to come."""
    later = [one for one in members if one.state in OPEN and one.created_at > job.created_at]
    return max(later, key=lambda one: one.created_at, default=None)


def next_moment(family: str) -> datetime:
    """When a re-run that is launched now counts as created: after all others, whatever the clocks said."""
    members = Job.objects.filter(Q(id=family) | Q(family=family)).order_by("-created_at")
    latest = members.values_list("created_at", flat=True).first()
    now = shared_time.now()
    return max(now, latest + timedelta(microseconds=1)) if latest else now


def why_not_again(jobs: Sequence[Job]) -> dict[str, Notice]:
    """By a job's id, why it is not run again without another word; the rows are as they are now."""
    under_way = open_reruns(jobs)
    found = {job.pk: causes.RERUN_SUCCEEDED(id=job.rerun_id) for job in jobs if job.repaired_at}
    return {pk: UNDER_WAY[one.state](id=one.pk) for pk, one in under_way.items()} | found


UNDER_WAY: dict[str, Wording] = {
    State.WAITING: causes.RERUN_WAITS,
    State.RUNNING: causes.RERUN_RUNS,
    State.UNKNOWN: causes.RERUN_UNKNOWN,
}


def open_reruns(jobs: Sequence[Job]) -> dict[str, Job]:
    """By a job's id, the latest re-run of its family, launched after it, whose outcome is to come."""
    families = {job.pk: family_of(job) for job in jobs}
    unfinished = Job.objects.filter(family__in=set(families.values()), state__in=OPEN).defer(
        "args", "kwargs", "message"
    )
    by_family: dict[str, list[Job]] = {}
    for one in unfinished.order_by("-created_at"):
        by_family.setdefault(str(one.family), []).append(one)
    found = {
        job.pk: next(
            (
                one
                for one in by_family.get(families[job.pk], [])
                if one.created_at > job.created_at and one.pk != job.pk
            ),
            None,
        )
        for job in jobs
    }
    return {pk: one for pk, one in found.items() if one is not None}
