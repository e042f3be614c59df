"""What each figure of emails counts, in a sentence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ALL = _("Emails that should have been sent in the period: one of each message, and of each job without one.")
ACCEPTED = _("Emails that the mail service took; those that came back later are among them.")
CAME_BACK = _("Accepted emails that bounced, or that their reader complained of.")
NOT_SENT = _(
    "Emails that failed, were suppressed because of their address, or were stopped before they left."
)
NOT_SETTLED = _(
    "Emails on their way, those of unknown outcome, and jobs that should have sent and left none."
)
TROUBLE = _(
    "Of the emails that are no longer on their way, those that came back, were not sent, or are unknown."
)
SHARE = _("A part of all emails of the period.")
