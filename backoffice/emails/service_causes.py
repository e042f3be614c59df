"""Why an email was not sent, waits, or did not arrive, as the mail service has it."""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.emails.causes import CORRECT_ADDRESSES
from backoffice.models.delivery import EventKind
from tasks_app.notices import TECHNICAL, Wording, declare
from tasks_app.notices.notice import Text

# --- Its answer to the one call ----------------------------------------------------------------------


def by_the_service(code: str, said: Text, hint: Text = "", general: Text = "") -> Wording:
    """Its own name for it and its words stand in brackets; in general they are left out."""
    told = format_lazy("{} (%(detail)s)", said)
    return declare(code, told, general=general or said, hint=hint, provider_code=TECHNICAL, detail=TECHNICAL)


UNREACHABLE = by_the_service(
    "email.service_unreachable",
    _("The mail service could not be reached; nothing was sent."),
    _("See whether the workers reach the network, and AWS."),
)
NOT_TRUSTED = by_the_service(
    "email.service_not_trusted",
    _("The mail service's certificate was not accepted; nothing was sent."),
    _("Check the workers' clock and certificates, and AWS_ENDPOINT_URL."),
)
THROTTLED = by_the_service(
    "email.throttled",
    _("The mail service asked us to send more slowly; this message is tried again by itself."),
)
_HOLDS = _(
    "The mail service takes no message from this account at present. Nothing is lost: check the "
    "account, its quota and its credentials; the message is tried again by itself."
)
HELD = declare(
    "email.held",
    format_lazy("{} (%(detail)s)", _HOLDS),
    general=_("All emails are held."),
    hint=_("Mend what holds the emails: the list of messages says it."),
    detail=TECHNICAL,
)
QUOTA_USED = by_the_service(
    "email.daily_quota_used",
    _HOLDS,
    _(
        "The account sent as much as it may in 24 hours. Emails leave again by themselves as the quota "
        "frees; if that is too late, ask AWS for a higher one."
    ),
    general=_("The account sent as much as it may in 24 hours; emails wait."),
)
PAUSED = by_the_service(
    "email.sending_paused",
    _HOLDS,
    _(
        "AWS paused sending for the account or the configuration set. Read what AWS wrote to its owner, "
        "mend the cause in the SES console and have sending resumed there."
    ),
    general=_("AWS paused sending for this account; emails wait."),
)
NOT_PERMITTED = by_the_service(
    "email.sending_not_permitted",
    _HOLDS,
    _(
        "The AWS user or role of the workers may not send. Give it the permission ses:SendEmail for the "
        "sender's identity and the configuration set."
    ),
    general=_("The workers' AWS user or role may not send; emails wait."),
)
CREDENTIALS = by_the_service(
    "email.credentials_refused",
    _HOLDS,
    _(
        "The workers' AWS credentials are missing, expired or wrong. Renew AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or the role of the machine, and restart the workers."
    ),
    general=_("The workers' AWS credentials are missing, expired or wrong; emails wait."),
)
REFUSED = by_the_service(
    "email.refused_by_service",
    _("The mail service refused this message. Correct what it names, then run the job again."),
)
MESSAGE_REJECTED = by_the_service(
    "email.message_rejected",
    _("The mail service refused this message for what it says or carries. Correct it, then send again."),
)
REQUEST_INVALID = by_the_service(
    "email.request_invalid",
    _("The mail service found this message malformed. Correct what it names, then run the job again."),
)
SENDER_NOT_VERIFIED = by_the_service(
    "email.sender_not_verified",
    _(
        "The mail service refused this message: the sender is not verified there. Have it verified, then "
        "send again."
    ),
    _("Verify the sender's address or domain in the SES console; in its sandbox the recipient's too."),
)
SETTING_NOT_FOUND = by_the_service(
    "email.service_setting_missing",
    _(
        "The mail service does not find what this message names, such as the configuration set. Correct it, "
        "then run the job again."
    ),
    _("Check SES_CONFIGURATION_SET and AWS_REGION."),
)
_NOBODY_KNOWS = _(
    "Nobody knows whether this message was sent: the mail service gave no usable answer. It is not "
    "sent again by itself. Ask the recipient, then settle the message on its page."
)
_ASK = _("Ask the recipient, then settle the message on its page.")
NO_ANSWER = by_the_service("email.no_answer", _NOBODY_KNOWS, _ASK)
SERVICE_FAILED = by_the_service(
    "email.service_failed",
    _(
        "Nobody knows whether this message was sent: the mail service failed over it. It is not sent again "
        "by itself. Ask the recipient, then settle the message on its page."
    ),
    _ASK,
)
ANSWER_WITHOUT_ID = declare(
    "email.answer_without_id",
    _(
        "Nobody knows whether this message was sent: the mail service answered without an id. It is not "
        "sent again by itself. Ask the recipient, then settle the message on its page."
    ),
    hint=_ASK,
)

# --- What its events say of a message that did not reach anybody, by the kind of event ------------------

NO_REASON = _("it gave no reason")


def by_an_event(kind: EventKind, hint: Text) -> Wording:
    told = format_lazy("{}. (%(detail)s)", kind.label)
    general = format_lazy("{}.", kind.label)
    return declare(f"email.{kind.value}", told, general=general, hint=hint, detail=TECHNICAL)


BY_EVENT: dict[str, Wording] = {
    kind: by_an_event(kind, todo)
    for kind, todo in (
        (EventKind.REJECTED, _("Remove what the mail service names, then send again.")),
        (EventKind.UNRENDERED, _("Correct the template, then send again.")),
        (EventKind.SOFT_BOUNCED, _("Send again later, or ask the recipient.")),
        (EventKind.BOUNCED, CORRECT_ADDRESSES),
    )
}

# --- The queue of events ----------------------------------------------------------------------------

EVENTS_REFUSED = declare(
    "email.events_refused",
    _(
        "The queue of email events cannot be read: %(error)s. Check SES_EVENTS_QUEUE_URL and that the "
        "workers may receive and delete its messages. Events wait in the queue meanwhile."
    ),
    general=_("The queue of email events cannot be read."),
    hint=_("Check SES_EVENTS_QUEUE_URL and that the workers may receive and delete its messages."),
    error=TECHNICAL,
)
EVENTS_UNREACHABLE = declare(
    "email.events_unreachable",
    _("AWS could not be reached to read email events (%(error)s). They wait in their queue."),
    general=_("AWS could not be reached to read email events."),
    hint=_("See whether the workers reach the network, and AWS."),
    error=TECHNICAL,
)
