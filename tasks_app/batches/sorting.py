"""What running each job of a batch again would mean: its class, and why.

Asked once while the batch is prepared, and again as each page is launched: rights, re-runs and effects may
have changed since.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from celery import current_app
from django.contrib.auth.models import User

from tasks_app.batches import causes
from tasks_app.batches.changing import misfit_of
from tasks_app.catalogue import kind_of
from tasks_app.db.bad_rows import read_each
from tasks_app.launching import may_run_again
from tasks_app.ledger import causes as ledger_causes
from tasks_app.ledger.effects import effects_of
from tasks_app.ledger.refused_message import was_unreadable
from tasks_app.ledger.reruns import UNDER_WAY, Member, family_of, lock_families, members_of, open_among
from tasks_app.models import FINAL, Batch, BatchItem, ItemClass, ItemState, Job, State
from tasks_app.notices import Notice

# What is read of a job to sort it and to run it again.
COLUMNS = (
    "name", "args", "kwargs", "message", "queue", "about", "state", "created_at", "rerun_of", "family",
    "rerun_id", "repaired_at",
)  # fmt: skip


class Sorted(NamedTuple):
    item_class: str
    why: Notice | None = None


@dataclass
class Page:
    """Some items of a batch with their jobs, and what is known of those."""

    batch: Batch
    items: Sequence[BatchItem]
    jobs: dict[str, Job]
    members: dict[str, list[Member]] = field(default_factory=dict)
    effects: dict[str, Notice] = field(default_factory=dict)
    twins: set[str] = field(default_factory=set)  # families that earlier items stand for
    misfits: dict[str, Notice | None] = field(default_factory=dict)  # by task and arguments

    @classmethod
    def read(cls, batch: Batch, items: Sequence[BatchItem], *, lock: bool = False) -> Page:
        """A job that cannot be read is not among them, as one that is no longer kept.

        `lock`: nobody else runs one of them again until the transaction ends.
        """
        read, _unread = read_each(Job.objects.only(*COLUMNS), [item.job_id for item in items])
        for job in read:
            if job.family is None and job.rerun_of_id is not None:  # as its row will have it
                job.family = family_of(job)
        jobs = _locked(read) if lock else read
        page = cls(batch, items, {job.id: job for job in jobs})
        page.members = members_of(jobs)
        page.effects = effects_of(jobs, page.members)
        page.twins = page._earlier_twins()
        return page

    def members_of(self, job: Job) -> list[Member]:
        """Of its family, the job itself among them."""
        return self.members[family_of(job)]

    def _earlier_twins(self) -> set[str]:
        """Families of which an item of an earlier page is launched, or may be."""
        families = {
            member.id: name for name, some in self.members.items() if len(some) > 1 for member in some
        }
        if not families:
            return set()
        earlier = BatchItem.objects.filter(
            batch=self.batch,
            job_id__in=families,
            id__lt=self.items[0].pk,
            item_class__in=(ItemClass.NOTHING, ItemClass.EFFECT, ItemClass.DONE),
        ).exclude(state__in=(ItemState.LEFT_OUT, ItemState.STOPPED))
        return {families[job_id] for job_id in earlier.values_list("job_id", flat=True)}

    def sorted(self, *, forms: bool) -> dict[int, Sorted]:
        """The class of each, by the item's key; `forms`: whether arguments are checked by their form."""
        rights = Rights(self.batch.by)
        found = {}
        for item in self.items:
            job = self.jobs.get(item.job_id)
            now = Sorted(ItemClass.NOT_KEPT) if job is None else self._sorted(job, rights)
            if forms and job is not None and now.item_class in CHECKED and (why := self._misfit(item, job)):
                now = Sorted(ItemClass.UNFIT, why)
            if job is not None and now.item_class in CHECKED:
                self.twins.add(family_of(job))
            found[item.id] = now
        return found

    def _misfit(self, item: BatchItem, job: Job) -> Notice | None:
        """Asked once of the form for all that are given the same."""
        given = json.dumps([job.name, job.args, job.kwargs, item.arguments])
        if given not in self.misfits:
            self.misfits[given] = misfit_of(job, self.batch.changes, item.arguments)
        return self.misfits[given]

    def _sorted(self, job: Job, rights: Rights) -> Sorted:
        if was_unreadable(job):
            return Sorted(ItemClass.UNREADABLE)
        if kind_of(job.name) is None and job.name not in current_app.tasks:
            return Sorted(ItemClass.KIND_GONE)
        if not rights.allow(job):
            return Sorted(ItemClass.FORBIDDEN)
        if job.state not in FINAL:
            return Sorted(ItemClass.UNDER_WAY, causes.NOT_ENDED())
        if again := open_among(job, self.members_of(job)):
            return Sorted(ItemClass.UNDER_WAY, UNDER_WAY[again.state](id=again.id))
        if family_of(job) in self.twins:
            return Sorted(ItemClass.TWIN)
        if job.state == State.SUCCEEDED:
            return Sorted(ItemClass.DONE, self.effects.get(job.id) or causes.SUCCEEDED_ITSELF())
        if job.repaired_at is not None:
            return Sorted(ItemClass.DONE, ledger_causes.RERUN_SUCCEEDED(id=job.rerun_id))
        if effect := self.effects.get(job.id):
            return Sorted(ItemClass.EFFECT, effect)
        return Sorted(ItemClass.NOTHING)


def _locked(jobs: Sequence[Job]) -> list[Job]:
    """Those that are still there, as they are once their families are locked."""
    now = lock_families(jobs)
    for job in jobs:
        if job.id in now:
            job.state, job.rerun_id, job.repaired_at = now[job.id]
    return [job for job in jobs if job.id in now]


# Those that are launched, or may be: their arguments must fit.
CHECKED = frozenset({ItemClass.NOTHING, ItemClass.EFFECT, ItemClass.DONE})


class Rights:
    """Whether a person may run a job again; asked once for each kind whose form depends on no argument."""

    def __init__(self, user: User | None) -> None:
        self.user = user
        self.known: dict[str, bool] = {}

    def allow(self, job: Job) -> bool:
        if self.user is None:  # removed since: nobody may launch in their name
            return False
        kind = kind_of(job.name)
        if kind is not None and kind.variants is not None:
            return may_run_again(self.user, job)
        if job.name not in self.known:
            self.known[job.name] = may_run_again(self.user, job)
        return self.known[job.name]
