"""Outside effects that are recorded already, and that running a job again would have a second time.

Each kind knows its own (`repeats` of its declaration). What counts is the whole family: the effect may be of
the job itself, or of any re-run of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tasks_app.catalogue import kind_of
from tasks_app.ledger.reruns import Member, family_of, members_of
from tasks_app.models import Job
from tasks_app.notices import Notice


def effects_of(
    jobs: Sequence[Job], members: Mapping[str, Sequence[Member]] | None = None
) -> dict[str, Notice]:
    """By a job's id, what was done outside already; nothing of jobs that would repeat nothing.

    `members` are those of their families, where they are known.
    """
    of_kinds: dict[str, list[Job]] = {}
    for job in jobs:
        of_kinds.setdefault(job.name, []).append(job)
    found: dict[str, Notice] = {}
    for name, some in of_kinds.items():
        kind = kind_of(name)
        if kind is not None and kind.repeats is not None:
            known = members_of(some) if members is None else members
            ids = {job.pk: [job.pk, *(one.id for one in known.get(family_of(job), []))] for job in some}
            recorded = kind.repeats({pk for family in ids.values() for pk in family})
            for pk, family in ids.items():
                if effect := next((recorded[one] for one in reversed(family) if one in recorded), None):
                    found[pk] = effect
    return found
