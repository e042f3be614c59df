"""Pauses of queues in words: since when, by whom, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from tasks_app.display import labelled, who, zoned
from tasks_app.models import QueueState


@dataclass(frozen=True)
class Pause:
    queue: str
    since: datetime | None  # None: a version before this one paused it
    by: str
    reason: str

    def __str__(self) -> str:
        """ "Paused since 08:10 by Ada Example: the mail service is down"."""
        words = {"since": _since(self.since), "who": self.by}
        said = _("Paused since %(since)s by %(who)s") if self.since else _("Paused by %(who)s")
        reason = self.reason.rstrip(" .")  # whoever says it ends the sentence
        return labelled(said % words, reason) if reason else said % words


def pauses(queues: Iterable[str] | None = None) -> list[Pause]:
    """Of all queues that are paused, or of those among these."""
    rows = QueueState.objects.filter(paused=True).select_related("changed_by").order_by("name")
    return [pause_of(row) for row in (rows if queues is None else rows.filter(name__in=queues))]


def pause_of(row: QueueState) -> Pause:
    """Of a row that is paused."""
    return Pause(row.name, row.paused_at, who(row.changed_by), row.pause_reason)


def why_it_waits(queue: str) -> str:
    """What a job of a paused queue waits for; "" where the queue is open."""
    return next((waiting_for(pause) for pause in pauses([queue])), "")


def waiting_for(pause: Pause) -> str:
    return " ".join([_("Its queue is paused: it starts when somebody resumes the queue."), f"{pause}."])


def _since(moment: datetime | None) -> str:
    """The time, and the day where that was not today."""
    if moment is None:
        return "–"
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localdate()
    return zoned(local, _("H:i") if is_today else _("j M Y, H:i T"))
