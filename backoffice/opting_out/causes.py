"""Why a link cannot be made, or leads nowhere."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.errors import CodedError
from tasks_app.notices import declare

NOT_REACHABLE = declare(
    "opting_out.not_reachable",
    _(
        "Nobody outside can reach this installation: PUBLIC_URL is empty, so no email can carry a link to "
        "unsubscribe. Ask whoever runs this site."
    ),
)
FORGED = declare(
    "opting_out.forged",
    _("This link is not one of ours, or a part of it is missing. Copy it whole from the email."),
)
TOO_OLD = declare(
    "opting_out.too_old",
    _("This link is more than two years old and works no more. Use the one of a newer email."),
)


class NotReachable(CodedError):
    own = NOT_REACHABLE


class ForgedLink(CodedError):
    own = FORGED


class OldLink(CodedError):
    own = TOO_OLD
