"""What a message may be, and the groups that every figure of emails is made of.

    written   = on their way + accepted + not sent + unknown
    accepted  = without news + delivered + came back
    came back = bounced + complained
    not sent  = failed + suppressed + stopped

No state is in two parts of a sum. A job that should send and has no message (yet) is counted beside them, by
backoffice/books.py, so that what should have been sent = written + not written yet + without a message.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

type Text = str | Promise


class MessageState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SUBMITTING = "submitting", _("Submitting")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    BOUNCED = "bounced", _("Bounced")
    COMPLAINED = "complained", _("Complained")
    FAILED = "failed", _("Failed")
    # Not written to, because they asked for no emails or the address takes none.
    SUPPRESSED = "suppressed", _("Suppressed")
    # Its job was cancelled before it was handed over.
    STOPPED = "stopped", pgettext_lazy("message", "Stopped")
    UNKNOWN = "unknown", pgettext_lazy("message", "Unknown")


# Still on their way inside this house.
UNSENT = frozenset({MessageState.QUEUED, MessageState.SUBMITTING})
# The mail service has them, and said no more of it.
WITHOUT_NEWS = frozenset({MessageState.SENT})
ARRIVED = frozenset({MessageState.DELIVERED})
CAME_BACK = frozenset({MessageState.BOUNCED, MessageState.COMPLAINED})
# Handed over: nothing of ours sends it again.
ACCEPTED = WITHOUT_NEWS | ARRIVED | CAME_BACK
NOT_SENT = frozenset({MessageState.FAILED, MessageState.SUPPRESSED, MessageState.STOPPED})
OPEN = frozenset({MessageState.UNKNOWN})

# The parts that what was written adds up to, as reports and lists call them.
WHOLE: dict[str, tuple[Text, frozenset[MessageState]]] = {
    "on_their_way": (_("On their way"), UNSENT),
    "accepted": (pgettext_lazy("count", "Accepted"), ACCEPTED),
    "not_sent": (_("Not sent"), NOT_SENT),
    "open": (_("Of unknown outcome"), OPEN),
}

# What a reader of figures should look into, and what somebody should mend: the others were decided so.
IN_TROUBLE = CAME_BACK | NOT_SENT | OPEN
DID_NOT_ARRIVE = CAME_BACK | {MessageState.FAILED}


def count(tally: Mapping[str, int], states: Collection[str]) -> int:
    """How many of a tally by state are in one of these."""
    return sum(number for state, number in tally.items() if state in states)
