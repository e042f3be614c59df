"""Emails that the mail service has, or may have: what running their job again would send a second time."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from backoffice.models import Message
from backoffice.models.message_states import ACCEPTED, MessageState
from tasks_app.notices import VALUE, Notice, declare

MAY_HAVE_LEFT = frozenset({MessageState.SUBMITTING, MessageState.UNKNOWN})

ACCEPTED_ALREADY = declare(
    "email.accepted_already",
    _("An email was accepted on %(moment)s: running it again would send a second one."),
    general=_("An email was accepted already: running it again would send a second one."),
    moment=VALUE,
)
MAY_BE_SENT = declare(
    "email.may_be_sent",
    _("An email may have left on %(moment)s: running it again could send a second one."),
    general=_("An email may have left already: running it again could send a second one."),
    moment=VALUE,
)


def sent_already(job_ids: Collection[str]) -> dict[str, Notice]:
    """Of these jobs, those whose email was accepted or may have been, and when."""
    messages = Message.objects.filter(job_id__in=job_ids, state__in=ACCEPTED | MAY_HAVE_LEFT).order_by()
    found: dict[str, Notice] = {}
    for message in messages.only("job_id", "state", "submitted_at", "sent_at", "created_at"):
        say = ACCEPTED_ALREADY if message.state in ACCEPTED else MAY_BE_SENT
        if message.state in ACCEPTED or message.job_id not in found:
            moment = message.sent_at or message.submitted_at or message.created_at
            found[message.job_id] = say(moment=moment)
    return found
