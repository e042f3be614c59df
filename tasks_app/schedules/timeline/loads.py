"""How long a kind of job takes, from all that succeeded; and where a schedule's jobs wait."""

from __future__ import annotations

from collections.abc import Mapping

from celery import current_app

from tasks_app.catalogue import kind_of
from tasks_app.models import State, Tally


def seconds_by_kind() -> Mapping[str, float]:
    """The mean, of kinds that ever succeeded."""
    rows = Tally.objects.filter(outcome=State.SUCCEEDED, count__gt=0).values_list("kind", "seconds", "count")
    return {kind: seconds / count for kind, seconds, count in rows}


def queue_of(task: str, own: str | None) -> str:
    kind = kind_of(task)
    return str(own or (kind.queue if kind else "") or current_app.conf.task_default_queue)
