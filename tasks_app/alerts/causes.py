"""What is said of an alert, and why a webhook was not taken."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.errors import CodedError
from tasks_app.notices import TECHNICAL, VALUE, declare

# --- What a rule found ----------------------------------------------------------------------------

NEW_CAUSE = declare(
    "alert.new_cause",
    _("New cause: %(kind)s: %(why)s"),
    general=_("Jobs fail with a cause that nobody has decided about."),
    kind=VALUE,
    why=VALUE,
)
CAUSE_RATE = declare(
    "alert.cause_rate",
    _("%(kind)s: %(why)s Failed in the last hour: %(count)s, more than %(most)s."),
    general=_("A cause lets more jobs fail in an hour than a rule allows."),
    kind=VALUE,
    why=VALUE,
    count=VALUE,
    most=VALUE,
)
QUEUE_WAITS = declare(
    "alert.queue_waits",
    _("The queue %(queue)s has waited for %(span)s, longer than %(most)s min."),
    general=_("A queue waits longer than a rule allows."),
    queue=VALUE,
    span=VALUE,
    most=VALUE,
)
FAILED_SHARE = declare(
    "alert.failed_share",
    _("Of the %(ended)s jobs that ended lately %(share)s %% failed, more than %(most)s %%."),
    general=_("A larger share of jobs fails than a rule allows."),
    ended=VALUE,
    share=VALUE,
    most=VALUE,
)
NO_CLOCK = declare(
    "alert.no_clock",
    _("No clock is running: schedules start nothing, and what failed is not tried again."),
)
TEST = declare("alert.test", _("This is a test: nothing is wrong."))

# --- Webhooks -------------------------------------------------------------------------------------

NOT_HTTPS = declare(
    "alert.webhook_not_https",
    _("A webhook goes to an https:// address with a host, and without a name and a password in it."),
)
UNRESOLVED = declare(
    "alert.webhook_unresolved",
    _("The host of the webhook, %(host)s, has no address: %(error)s."),
    general=_("The host of a webhook has no address."),
    hint=_("Check the address in the rule, and the name servers of this host."),
    host=VALUE,
    error=TECHNICAL,
)
PRIVATE = declare(
    "alert.webhook_private",
    _("The webhook leads to %(host)s at %(address)s, which is no address of the public internet."),
    general=_("A webhook leads to an address that is not of the public internet."),
    hint=_("Where it is meant, name the host in ALERT_WEBHOOK_HOSTS."),
    host=VALUE,
    address=TECHNICAL,
)
NO_SECRET = declare(
    "alert.webhook_without_secret",
    _("A webhook is signed, and there is no secret to sign it with."),
    hint=_("Set ALERT_WEBHOOK_SECRET, and give it to whoever receives the webhook."),
)
REDIRECTED = declare(
    "alert.webhook_redirected",
    _("The webhook was answered with a redirection (%(status)s), which is not followed."),
    general=_("A webhook was answered with a redirection, which is not followed."),
    hint=_("Put the address that it leads to into the rule."),
    status=VALUE,
)
REFUSED = declare(
    "alert.webhook_refused",
    _("The webhook was refused: %(status)s."),
    general=_("A webhook was refused."),
    hint=_("See what its receiver says of it; then send a test."),
    status=VALUE,
)
UNANSWERED = declare(
    "alert.webhook_unanswered",
    _("The webhook was not taken: %(error)s."),
    general=_("A webhook was not taken."),
    error=TECHNICAL,
)
GONE = declare("alert.notice_gone", _("The notice is not there any more: its rule was deleted."))


class WebhookRefused(CodedError):
    """It will not be taken however often it is tried."""


class TryWebhookAgain(CodedError):
    """It was not taken now."""
