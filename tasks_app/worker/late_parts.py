"""A chord of which a part failed, and succeeded when it was run again: its body runs when all parts have.

Celery counts the parts down once, and forgets the count with the last of them. So the parts of a chord that
is about to fail are remembered as their group, and one that comes late looks at all of them.
"""

from __future__ import annotations

from typing import Any

from celery import maybe_signature, states
from celery.result import GroupResult
from django_celery_results import models

from tasks_app.ledger.continuing import chord_key
from tasks_app.ledger.message_codec import LATE_PART
from tasks_app.models import Continuation, Job


class NotYet(Exception):
    """A part has not succeeded."""


def remember_parts(backend: Any, group: str | None) -> None:
    """Of a part that failed: which others there are, while their counter knows it."""
    if not group or models.GroupResult.objects.filter(group_id=group).exists():
        return
    counter = models.ChordCounter.objects.filter(group_id=group).first()
    if counter is not None:
        backend.save_group(group, counter.group_result(app=backend.app))


def is_late(request: Any) -> bool:
    """Whether it is of a chord whose count is over; one that goes on may begin others of its own."""
    late = bool(getattr(request, LATE_PART, None)) and request.group
    return bool(late) and not models.ChordCounter.objects.filter(group_id=request.group).exists()


def late_part_succeeded(backend: Any, request: Any) -> None:
    """Let the body go where this was the last part to succeed; in the transaction of its end.

    The row of the chord is locked: of two parts that end at the same time the second sees the first.
    """
    rows = Continuation.objects.select_for_update().filter(key=chord_key(request.group), job_id="")
    waiting, parts = rows.first(), backend.restore_group(request.group, cache=False)
    if waiting is None or parts is None:
        return
    try:
        values = _value_of(backend, parts)
    except NotYet:
        return
    waiting.job_id = request.id
    waiting.save(update_fields=["job_id"])
    maybe_signature(request.chord, app=backend.app).delay(values)


def _value_of(backend: Any, part: Any) -> Any:
    """Its result, or that of the re-run which took its place."""
    if isinstance(part, GroupResult):
        return [_value_of(backend, one) for one in part.results]
    meta = backend.get_task_meta(part.id, cache=False)
    if meta["status"] != states.SUCCESS:
        repaired = Job.objects.filter(pk=part.id, repaired_at__isnull=False)
        if later := repaired.values_list("rerun_id", flat=True).first():
            meta = backend.get_task_meta(later, cache=False)
    if meta["status"] != states.SUCCESS:
        raise NotYet
    return meta["result"]
