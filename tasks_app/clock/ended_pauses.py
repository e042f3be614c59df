"""Pauses whose end has come: nothing waits for this, for each claim goes by the time. It tells people."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tasks_app import control
from tasks_app.audit.recording import Line
from tasks_app.audit.system import record_of_system
from tasks_app.models import QueueState
from tasks_app.notices import VALUE, declare

logger = logging.getLogger(__name__)

ENDED_BY_ITSELF = declare(
    "audit.queue_resumed_by_itself",
    _("Resumed by itself: it was paused until %(until)s."),
    general=_("Resumed by itself."),
    until=VALUE,
)


def note_ended_pauses(now: datetime) -> None:
    """The rows are as of an open queue, and the audit log says so."""
    control.end_pauses(now, _tell)


def _tell(ended: QueueState) -> None:
    logger.info("The pause of the queue %s is over.", ended.name)
    record_of_system(Line(ended, ended.name, ENDED_BY_ITSELF(until=ended.paused_until)))
