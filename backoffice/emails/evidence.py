"""What is known of emails whose outcome is not: the message as we left it, and what the mail service told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.models import Message
from tasks_app.display import Text, labelled, zoned

EVENTS_SAID = 5  # of one message, the latest


def of_jobs(ids: Iterable[str]) -> dict[str, list[Text]]:
    """Lines by the job's id."""
    messages = Message.objects.filter(job_id__in=list(ids)).prefetch_related("events")
    return {
        message.job_id: [_as_we_left_it(message), *_as_the_service_told(message)]
        for message in messages.only("pk", "job_id", "to", "state", "error", "cause", "cause_params")
    }


def _as_we_left_it(message: Message) -> str:
    said = _("Message to %(address)s: %(state)s") % {
        "address": message.to,
        "state": message.get_state_display().lower(),
    }
    return labelled(said, message.said) if message.said else said


def _as_the_service_told(message: Message) -> list[Text]:
    events = list(message.events.all())[-EVENTS_SAID:]
    if not events:
        return [_("The mail service has told nothing of it.")]
    return [labelled(event.get_kind_display(), _at(event.at)) for event in events]


def _at(moment: datetime) -> str:
    return zoned(timezone.localtime(moment), _("j M Y, H:i T"))
