"""Why an email was not sent or waits, where we say so: one code for each meaning."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from tasks_app.models.caused import columns_of
from tasks_app.notices import PERSON, TECHNICAL, VALUE, Notice, declare


def because(notice: Notice) -> dict[str, Any]:
    """What a message's row says of it."""
    said = notice.masked()
    return {"error": str(said), **columns_of(said)}


CORRECT_ADDRESSES = _("Correct the recipients' addresses.")

# --- The recipient ----------------------------------------------------------------------------------

RECIPIENT_DELETED = declare(
    "email.recipient_deleted",
    _(
        "Recipient %(id)s does not exist any more: it was deleted while this email waited. "
        "Nothing was sent. Choose another recipient and send again."
    ),
    general=_("The recipient was deleted before the email was sent."),
    hint=_("Choose another recipient and send again."),
    mends="arguments",
    id=VALUE,
)
RECIPIENT_UNKNOWN = declare(
    "email.recipient_unknown",
    _(
        "There is no recipient %(id)s, and there never was. Nothing was sent. "
        "Choose a recipient and send again."
    ),
    general=_("The recipient that the job named does not exist, and never did."),
    hint=_("Choose a recipient and send again."),
    id=VALUE,
)
RECIPIENT_GONE = declare(
    "email.recipient_gone",
    _("Whom this message was written to was deleted since, with their address. Nothing was sent."),
    hint=_("Choose another recipient and send again."),
)
RECIPIENT_OPTED_OUT = declare(
    "email.recipient_opted_out",
    _(
        "%(recipient)s asked for no more emails (the recipient is not active). Nothing was sent. "
        "Make the recipient active again if that is a mistake, then run the job again."
    ),
    general=_("The recipient asked for no more emails."),
    hint=_("There is nothing to do, unless a recipient was made inactive by mistake."),
    mends="recipient",
    recipient=PERSON,
)
UNSUBSCRIBED = declare(
    "email.unsubscribed",
    _("They unsubscribed from these emails by the link in one of them. Nothing was sent."),
    hint=_("There is nothing to do: it was their wish."),
)
ADDRESS_BOUNCED = declare(
    "email.address_bounced_before",
    _(
        "%(address)s takes no mail: an earlier email came back for good. Nothing was sent. Correct the "
        "recipient. Where the address works again, lift it under “Suppressed addresses”, then send again."
    ),
    general=_("The address takes no mail: an earlier email came back for good."),
    hint=CORRECT_ADDRESSES,
    mends="recipient suppression",
    address=PERSON,
)
ADDRESS_COMPLAINED = declare(
    "email.address_complained_before",
    _(
        "%(address)s reported an earlier email as spam, so nothing is sent there any more. Ask its "
        "owner; only with their consent lift it under “Suppressed addresses”, then send again."
    ),
    general=_("The address's owner reported an earlier email as spam."),
    hint=_("Write to them again only with their consent."),
    mends="suppression",
    address=PERSON,
)
NOT_AN_ADDRESS = declare(
    "email.address_invalid",
    _("“%(address)s” is not an email address. Correct the recipient, then send again."),
    general=_("What stands as the address is not an email address."),
    hint=_("Correct the recipients' addresses, then send again."),
    mends="recipient",
    address=PERSON,
)
NOT_A_ROW = declare(
    "email.argument_invalid",
    _("“%(given)s” is not the number of a row. Correct the arguments, then run the job again."),
    general=_("Recipient or template are not named by their number."),
    hint=_("Correct the arguments, then run the job again."),
    mends="arguments",
    given=VALUE,
)
NO_ADDRESS_OF_ONESELF = declare(
    "email.own_address_missing",
    _(
        "Your account has no email address, so no test can be sent to you. "
        "Ask an administrator to add one, then try again."
    ),
)

# --- The template, the message ----------------------------------------------------------------------

NO_DEFAULT_TEMPLATE = declare(
    "template.no_default",
    _(
        "There is no default email template: none has the code “%(slug)s”. "
        "Make one, or choose a template, then send again."
    ),
    general=_("There is no default email template."),
    hint=_("Make one, or choose a template, then send again."),
    mends="templates",
    slug=VALUE,
)
TEMPLATE_DELETED = declare(
    "template.deleted",
    _("Email template %(id)s does not exist any more. Nothing was sent. Choose another and send again."),
    general=_("The email template was deleted before the email was sent."),
    hint=_("Choose another template and send again."),
    mends="arguments",
    id=VALUE,
)
TEMPLATE_UNKNOWN = declare(
    "template.unknown",
    _("There is no email template %(id)s, and there never was. Nothing was sent. Choose one and send again."),
    general=_("The email template that the job named does not exist, and never did."),
    hint=_("Choose a template and send again."),
    id=VALUE,
)
TEMPLATE_OFF = declare(
    "template.switched_off",
    _("The template “%(template)s” is switched off. Nothing was sent. Switch it on or choose another."),
    general=_("The email template is switched off."),
    hint=_("Switch it on, or choose another."),
    mends="template",
    template=VALUE,
)
TEMPLATE_TOO_LARGE = declare(
    "template.too_large",
    _(
        "The template's %(part)s does not end or is too large (a loop, or text that grows without end). "
        "Shorten its loops."
    ),
    general=_("The email template does not end or is too large."),
    hint=_("Shorten its loops."),
    mends="template",
    part=VALUE,
)
VALUE_MISSING = declare(
    "template.value_missing",
    _("The template's %(part)s, line %(line)s, names a word that has no value: %(detail)s."),
    general=_("The email template names a word that has no value."),
    hint=_("Give the template's variables their values, then send again."),
    mends="template",
    part=VALUE,
    line=VALUE,
    detail=TECHNICAL,
)
VALUE_TOO_LONG = declare(
    "template.value_too_long",
    _("“%(word)s” has %(length)s characters. Shorten it to %(limit)s for an email."),
    general=_("A value is too long for an email."),
    hint=_("Shorten it, then send again."),
    mends="template recipient",
    word=VALUE,
    length=VALUE,
    limit=VALUE,
)
TEMPLATE_HAS_HOLES = declare(
    "template.value_empty",
    _("The template's %(part)s: %(detail)s"),
    general=_("The email would say nothing in place of a word that has no value."),
    hint=_("Give the template's variables their values, then send again."),
    mends="template recipient",
    part=VALUE,
    detail=VALUE,
)
NOT_CERTAIN = declare(
    "template.value_unreadable",
    _("The template's %(part)s, line %(line)s, “%(statement)s”: %(detail)s"),
    general=_("A value cannot be read with certainty where the email template asks for it."),
    hint=_("Correct the value or the template, then send again."),
    mends="template recipient",
    part=VALUE,
    line=VALUE,
    statement=TECHNICAL,
    detail=VALUE,
)
TEMPLATE_WRONG = declare(
    "template.wrong",
    _("The template's %(part)s is not right: %(detail)s."),
    general=_("The email template is not right."),
    hint=_("Correct it, then send again."),
    mends="template",
    part=VALUE,
    detail=VALUE,
)
MESSAGE_DELETED = declare(
    "email.message_deleted",
    _("There is no message with this id: it was deleted, or there never was one. Nothing was sent."),
)
MESSAGE_NOT_FAILED = declare(
    "email.message_not_failed",
    _("This message is “%(state)s”: only one that was not sent can be sent again."),
    general=_("Only a message that was not sent can be sent again."),
    state=VALUE,
)
TEXT_NOT_KEPT = declare(
    "email.text_not_kept", _("The text of this message is not kept, so it cannot be sent again.")
)
HEADER_TOO_LONG = declare(
    "email.header_too_long",
    _("The header “%(name)s” has a word too long for any line. Shorten it, then send again."),
    general=_("A header of the email has a word too long for any line."),
    hint=_("Shorten it, then send again."),
    mends="template recipient",
    name=VALUE,
)
MESSAGE_TOO_LARGE = declare(
    "email.message_too_large",
    _("The message is %(size)s MB; the mail service takes 40. Use smaller attachments."),
    general=_("The message is larger than the mail service takes."),
    hint=_("Use smaller attachments."),
    mends="template",
    size=VALUE,
)
ATTACHMENT_GONE = declare(
    "email.attachment_gone",
    _("The attachment “%(name)s” is not in the storage any more."),
    general=_("An attachment is not in the storage any more."),
    hint=_("Attach it again, to a new message."),
    name=VALUE,
)
ATTACHMENT_UNREADABLE = declare(
    "email.attachment_unreadable",
    _("The attachment “%(name)s” cannot be read now: %(error)s"),
    general=_("The storage does not give an attachment."),
    hint=_("Ask whoever runs this site to check the storage."),
    name=VALUE,
    error=TECHNICAL,
)

# --- What became of it here -------------------------------------------------------------------------

SETTLED_BEFORE = declare(
    "email.settled_before", _("This message was settled already; nothing was sent again.")
)
SETTLED = declare("email.settled", _("This message will not be sent: it is settled already."))
ARRIVED = declare("email.arrived", _("The message arrived."))
DID_NOT_ARRIVE = declare("email.did_not_arrive", _("It did not arrive."))
SENT_ANEW = declare("email.sent_anew", _("It did not arrive; it was sent again as a new message."))
ABANDONED = declare("email.abandoned", _("The job that carried this message ended without sending it."))
WRITTEN_ANEW = declare(
    "email.written_anew",
    _("Nobody knows whether this email was sent. Another is written and sent in its place."),
    general=_("Nobody knows whether this email was sent. Another is written and sent in its place."),
    provider_code=TECHNICAL,
    detail=TECHNICAL,
)
CUT_SHORT = declare(
    "email.handing_over_cut_short",
    _(
        "The worker stopped while it handed this message over: nobody knows whether it was sent. It is not "
        "sent again by itself. Ask the recipient, then settle the message on its page."
    ),
    hint=_("Ask the recipient, then settle the message on its page."),
)
NOT_ITS_TURN = declare("email.not_its_turn", _("Emails leave as fast as the mail service allows."))
SERVICE_SAID_SO = declare("email.settled_by_event", _("The mail service said so."))
OUTBOX_CLOSED = declare(
    "email.outbox_unwritable",
    _("The outbox folder cannot be written, so nothing was sent: %(error)s."),
    general=_("The outbox folder cannot be written."),
    hint=_("Ask whoever runs this site to check its space and its rights."),
    error=TECHNICAL,
)
