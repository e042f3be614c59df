"""What people say about a cause: each decision answers the one that its author saw, or is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from tasks_app.db import shared_time
from tasks_app.models import FailureDecision, FailureGroup, FailureStatus


@dataclass(frozen=True)
class Decision:
    """`owner` and `until` are of known ones, `release` is that which repaired it."""

    status: FailureStatus
    note: str = ""
    owner: Any = None
    until: datetime | None = None
    release: str = ""


def decide(group: FailureGroup, decision: Decision, *, by: Any, seen: int) -> bool:
    """Whether it was written: not where somebody else decided since revision `seen`, or a run opened it."""
    now = shared_time.now()
    said = {
        "status": decision.status,
        "note": decision.note,
        "owner": decision.owner,
        "until": decision.until,
        "release": decision.release,
    }
    with transaction.atomic():
        as_seen = FailureGroup.objects.filter(pk=group.pk, revision=seen)
        mine = as_seen.update(revision=F("revision") + 1, status_at=now, disproved_by="", **said)
        if mine:
            FailureDecision.objects.create(group=group, at=now, by=by, **said)
    return bool(mine)


def latest_decision(group: FailureGroup) -> FailureDecision | None:
    """Who spoke last, and what was said: what a second person is told."""
    return group.decisions.select_related("by", "owner").first()
