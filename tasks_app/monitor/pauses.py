"""Pauses of queues in words: since when, until when, by whom, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from tasks_app.db import shared_time
from tasks_app.display import labelled, who, zoned
from tasks_app.models import QueueState


@dataclass(frozen=True)
class Pause:
    queue: str
    since: datetime | None  # None: a version before this one paused it
    by: str
    reason: str
    until: datetime | None = None  # None: until somebody resumes the queue

    def __str__(self) -> str:
        """ "Paused since 08:10 until 09:30 by Ada Example: the mail service is down"."""
        reason = self.reason.rstrip(" .")  # whoever says it ends the sentence
        said = self._shape() % {"since": _at(self.since), "until": _at(self.until), "who": self.by}
        return labelled(said, reason) if reason else said

    def _shape(self) -> str:
        if self.since and self.until:
            return _("Paused since %(since)s until %(until)s by %(who)s")
        if self.since:
            return _("Paused since %(since)s by %(who)s")
        return _("Paused until %(until)s by %(who)s") if self.until else _("Paused by %(who)s")

    @property
    def how_it_ends(self) -> str:
        if self.until:
            return _("It resumes by itself at %(until)s.") % {"until": _at(self.until)}
        return _("It holds until somebody resumes the queue.")


def pauses(queues: Iterable[str] | None = None) -> list[Pause]:
    """Of all queues that are paused now, or of those among these."""
    rows = QueueState.objects.paused(shared_time.now()).select_related("changed_by").order_by("name")
    return [pause_of(row) for row in (rows if queues is None else rows.filter(name__in=queues))]


def pause_of(row: QueueState) -> Pause:
    """Of a row that is paused."""
    return Pause(row.name, row.paused_at, who(row.changed_by), row.pause_reason, row.paused_until)


def why_it_waits(queue: str) -> str:
    """What a job of a paused queue waits for; "" where the queue is open."""
    return next((waiting_for(pause) for pause in pauses([queue])), "")


def waiting_for(pause: Pause) -> str:
    starts = (
        _("Its queue is paused: it starts when the pause ends, or when somebody resumes the queue.")
        if pause.until
        else _("Its queue is paused: it starts when somebody resumes the queue.")
    )
    return f"{starts} {pause}."


def _at(moment: datetime | None) -> str:
    """The time, and the day where that is not today."""
    if moment is None:
        return "–"
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localdate()
    return zoned(local, _("H:i") if is_today else _("j M Y, H:i T"))
