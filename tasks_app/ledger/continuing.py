"""What waited behind a job that did not succeed, and goes on after a re-run of it: once.

The later steps of its chain, its callbacks and the body of its chord lie in its own message. A re-run that is
to go on carries them in its own, so Celery does the rest when it succeeds; one that fails never lets them
go. So it is enough that one re-run of a family has them at a time: the row of a Continuation says which,
written while the family is locked (ledger/reruns.py). A chord's body waits for all parts besides: see
worker/late_parts.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django_celery_results.models import ChordCounter, GroupResult

from tasks_app.catalogue import label_of
from tasks_app.db import shared_time
from tasks_app.db.among import Among
from tasks_app.ledger import causes
from tasks_app.ledger.json_values import from_json
from tasks_app.ledger.reruns import family_of
from tasks_app.models import OPEN, Continuation, Job, State
from tasks_app.notices import Notice

# Parts of an embed that wait for a success; what was called at the failure (errbacks) has had its say.
WAITING_PARTS = ("chain", "callbacks", "chord")
STOPPED = frozenset({State.FAILED, State.CANCELLED})


@dataclass(frozen=True)
class Behind:
    """`names` of the steps that never ran, in their order; `why_not`: why they cannot go on."""

    first: Job
    canvas: Mapping[str, Any]
    names: list[str]
    group: str  # of the chord that waits for it, or for the last step of its chain; "" for none
    why_not: Notice | None


def has_steps(job: Job) -> bool:
    """Whether anything waits for its success, from its own row alone."""
    embed = job.message.get("embed") or {}
    return any(embed.get(part) for part in WAITING_PARTS)


def have_steps_behind(jobs: Collection[Job]) -> set[str]:
    """The ids of those of which `behind` may find something, asked for all of them at once."""
    families = {str(job.family) for job in jobs if job.family is not None}
    firsts = Job.objects.filter(Among("id", families)).only("message") if families else []
    by_id = {first.pk: first for first in firsts}
    return {job.id for job in jobs if has_steps(by_id.get(job.family or job.id, job))}


def behind(job: Job) -> Behind | None:
    """What waits for a success of this job or of one that it is a re-run of; None for nothing."""
    family = family_of(job)
    first = (Job.objects.filter(pk=family).first() if job.pk != family else None) or job
    if first.state not in STOPPED or not has_steps(first):
        return None
    embed = from_json(first.message["embed"])
    waiting = {part: embed[part] for part in WAITING_PARTS if embed.get(part)}
    steps, (chord, group) = _steps(waiting), _chord(first, waiting)
    bodies = [chord] if chord else []
    names = [name for step in [*steps, *bodies] for name in _names(step)]
    why_not = _why_not(family, [*steps, *bodies], group)
    return Behind(first, waiting | _place(first), names, group, why_not)


def take(waiting: Behind, rerun: Job) -> None:
    """From here on this re-run has what waits; within the transaction of its launch, its family locked."""
    now = shared_time.now()
    Continuation.objects.update_or_create(
        key=family_of(rerun), defaults={"job_id": rerun.pk, "root_id": rerun.root_id, "at": now}
    )
    if waiting.group:
        Continuation.objects.get_or_create(
            key=chord_key(waiting.group), defaults={"root_id": rerun.root_id, "at": now}
        )


def chord_key(group: str) -> str:
    return f"chord:{group}"


def _place(first: Job) -> dict[str, Any]:
    """Where the first one stands: what follows belongs to the same whole."""
    headers = first.message["headers"]
    return {
        "root_id": headers.get("root_id"),
        "parent_id": headers.get("parent_id"),
        "group_id": headers.get("group"),
        "group_index": headers.get("group_index"),
    }


def _steps(waiting: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Celery keeps the next step of a chain last."""
    return [*reversed(waiting.get("chain", [])), *waiting.get("callbacks", [])]


def _chord(first: Job, waiting: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str]:
    """The body, and the group that it waits for: of the job itself, or of the last step of its chain."""
    if "chord" in waiting:
        return waiting["chord"], first.message["headers"].get("group") or ""
    options = waiting["chain"][0].get("options") or {} if "chain" in waiting else {}
    return options.get("chord"), options.get("group_id") or "" if options.get("chord") else ""


def _names(step: Mapping[str, Any]) -> Iterator[str]:
    inner = step.get("kwargs") or {}
    match step.get("subtask_type"):
        case "chain" | "group":
            parts = inner.get("tasks") or []
        case "chord":
            header = inner.get("header") or []
            parts = [*(header if isinstance(header, list) else [header]), inner.get("body")]
        case _:
            yield str(label_of(step["task"]))
            return
    for part in parts:
        yield from _names(part)


def _why_not(family: str, steps: list[Mapping[str, Any]], group: str) -> Notice | None:
    if (taken := _taken(family)) is not None:
        return taken
    ids = [found for step in steps if (found := (step.get("options") or {}).get("task_id"))]
    if standing := Job.objects.filter(id__in=ids).values_list("id", flat=True).first():
        return causes.STANDS_ALONE(id=standing)
    if group and ChordCounter.objects.filter(group_id=group).exists():
        return causes.PARTS_RUN()
    if group and not GroupResult.objects.filter(group_id=group).exists():
        return causes.PARTS_FORGOTTEN()
    return None


def _taken(family: str) -> Notice | None:
    """By a re-run that succeeded, or still may; one that failed let nothing go on."""
    holder = Continuation.objects.filter(key=family).values_list("job_id", flat=True).first()
    if holder is None:
        return None
    state = Job.objects.filter(pk=holder).values_list("state", flat=True).first()
    if state in STOPPED:
        return None
    return (causes.GOES_ON_LATER if state in OPEN else causes.WENT_ON)(id=holder)
