"""Why a subscription, or one of its readers, gets nothing (any more)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.errors import CodedError
from tasks_app.notices import PERSON, VALUE, declare

# --- Of a reader: it has stopped for them -----------------------------------------------------------

ACCOUNT_CLOSED = declare(
    "subscription.account_closed",
    _("Their account is closed, or opens this site no more."),
    hint=_("Add somebody else, where somebody takes their place."),
)
NO_RIGHT = declare(
    "subscription.no_right",
    _("They may not see this report any more."),
    hint=_("Have an administrator give them the right, then add them again."),
)
OPTED_OUT = declare(
    "subscription.opted_out",
    _("They unsubscribed by the link in an email."),
    hint=_("There is nothing to do: it was their wish."),
)
LEFT = declare("subscription.left", _("They asked for it no more."))
NOT_SHAREABLE = declare(
    "subscription.not_shareable",
    _("This report may not be sent to addresses outside any more."),
)
DOMAIN_NOT_ALLOWED = declare(
    "subscription.domain_not_allowed",
    _("Reports may not be sent to addresses of %(domain)s: whoever runs this site lists the domains."),
    general=_("Reports may not be sent to addresses of this domain."),
    domain=VALUE,
)
OWNER_MAY_NOT_SHARE = declare(
    "subscription.owner_may_not_share",
    _("Its owner may not have reports sent to addresses outside, or is gone."),
    hint=_("Hand it over to somebody who may."),
)

# --- Of a copy: not this time -----------------------------------------------------------------------

NO_ADDRESS = declare(
    "subscription.no_address",
    _("Their account has no email address."),
    hint=_("Have an administrator write it into their account."),
)
BAD_ADDRESS = declare(
    "subscription.bad_address",
    _("“%(address)s” is no address that emails can be sent to."),
    general=_("Their address is none that emails can be sent to."),
    hint=_("Have an administrator correct it in their account."),
    address=PERSON,
)
TOO_LARGE = declare(
    "subscription.too_large",
    _("The document is too large to be attached, and an address outside gets no link."),
    hint=_("Choose a shorter period, or the PDF alone."),
)
CONFIDENTIAL = declare(
    "subscription.confidential",
    _("This report is confidential: it is never attached, and an address outside gets no link."),
)
NOT_REACHABLE = declare(
    "subscription.not_reachable",
    _("No email to an address outside can carry a link to unsubscribe: PUBLIC_URL is empty."),
    hint=_("Ask whoever runs this site."),
)

# --- Of the subscription: it is at an end -----------------------------------------------------------

TYPE_GONE = declare(
    "subscription.type_gone",
    _("There is no report called “%(slug)s” any more. What was made of it stays on the shelf."),
    general=_("Its report does not exist any more."),
    hint=_("Subscribe to another report."),
    slug=VALUE,
)
ENDED_BY_PERSON = declare("subscription.ended_by_person", _("Ended by hand."))
SUBSCRIPTION_GONE = declare(
    "subscription.gone",
    _("The subscription was deleted. Nothing was made."),
    hint=_("There is nothing to do."),
)
AT_AN_END = declare(
    "subscription.at_an_end",
    _("The subscription is at an end. Nothing was made."),
    hint=_("Let it go on from its page, if that is a mistake."),
)


class SubscriptionGone(CodedError):
    own = SUBSCRIPTION_GONE


class AtAnEnd(CodedError):
    own = AT_AN_END


READER_OPTED_OUT = declare(
    "audit.reader_opted_out",
    _("%(address)s unsubscribed by the link in an email."),
    general=_("An address outside unsubscribed by the link in an email."),
    address=PERSON,
)

# --- Progress and results ---------------------------------------------------------------------------

MAKING = declare(
    "subscription.making", _("Making the %(format)s"), general=_("Making the document"), format=VALUE
)
DELIVERED_ALREADY = declare(
    "subscription.delivered_already",
    _("“%(title)s” was handed on to %(count)s readers: running it again sends it to them once more."),
    general=_("It was handed on already: running it again sends it once more."),
    title=VALUE,
    count=VALUE,
)
