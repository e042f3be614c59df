"""A job and its re-runs as a small tree: what was run again as what, by whom, and what was changed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from tasks_app.admin.jobs.belongings import FAMILY, may_have
from tasks_app.admin.jobs.changes import changed_arguments
from tasks_app.models import Job
from tasks_app.notices import Notice

MOST = 20  # of a family, the first
DEEPEST = 4


@dataclass(frozen=True)
class Member:
    job: Job
    depth: int  # how many re-runs it is away from the first that is kept
    url: str  # "" for the job whose page it is
    changes: list[Notice]

    @property
    def place(self) -> int:
        """How far it is moved in: no further than a phone has room for."""
        return min(self.depth, DEEPEST)


def family_tree(request: HttpRequest, job: Job) -> tuple[list[Member], bool]:
    """Each below what it repeats; and whether there are more. Nothing of a job that was never run again."""
    if not may_have(job, FAMILY):
        return [], False
    first = job.family or job.pk
    family = Job.objects.filter(Q(pk=first) | Q(family=first) | Q(rerun_of=job))
    kept = family.select_related("created_by").defer("message")
    rows = list(kept.order_by("created_at", "pk")[: MOST + 1])
    if len(rows) < 2:
        return [], False
    shown = {row.pk: row for row in rows[:MOST]}
    depths: dict[str, int] = {}
    for row in shown.values():
        depths[row.pk] = depths.get(row.rerun_of_id or "", -1) + 1
    members = [
        _member(request, row, shown.get(row.rerun_of_id or ""), depths[row.pk], job)
        for row in _in_order(shown)
    ]
    return members, len(rows) > MOST


def _in_order(rows: dict[str, Job]) -> list[Job]:
    """Each right after what it repeats, the older before the newer."""
    below: dict[str, list[Job]] = {}
    for row in rows.values():
        above = row.rerun_of_id if row.rerun_of_id in rows else ""
        below.setdefault(above or "", []).append(row)
    found: list[Job] = []
    left = [*reversed(below.get("", []))]
    while left:
        found.append(one := left.pop())
        left.extend(reversed(below.get(one.pk, [])))
    return found


def _member(request: HttpRequest, row: Job, above: Job | None, depth: int, here: Job) -> Member:
    url = "" if row.pk == here.pk else reverse("admin:tasks_app_job_change", args=[row.pk])
    return Member(row, depth, url, changed_arguments(request, above, row) if above else [])
