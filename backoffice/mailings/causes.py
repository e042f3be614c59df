"""Why a mailing waits for somebody, and what cannot be done with it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.errors import CodedError
from tasks_app.notices import TECHNICAL, VALUE, declare

# --- It paused by itself ----------------------------------------------------------------------------

TOO_MANY_BOUNCED = declare(
    "mailing.too_many_bounced",
    _(
        "%(count)s of %(accepted)s emails came back, which is more than this site allows (%(bound)s). The "
        "others wait: look at the addresses, then resume the mailing or stop it."
    ),
    general=_("Too many emails of the mailing came back; the others wait."),
    hint=_("Look at the addresses, then resume the mailing or stop it."),
    count=VALUE,
    accepted=VALUE,
    bound=VALUE,
)
TOO_MANY_COMPLAINED = declare(
    "mailing.too_many_complained",
    _(
        "%(count)s of %(accepted)s emails were reported as spam, which is more than this site allows "
        "(%(bound)s). The others wait: look at whom you write to, then resume the mailing or stop it."
    ),
    general=_("Too many emails of the mailing were reported as spam; the others wait."),
    hint=_("Look at whom you write to, then resume the mailing or stop it."),
    count=VALUE,
    accepted=VALUE,
    bound=VALUE,
)
HELD = declare(
    "mailing.held",
    _(
        "The mail service takes no message from this account at present, so the mailing waits; nothing is "
        "lost. Mend what holds all emails, then resume it. (%(why)s)"
    ),
    general=_("The mail service takes no message from this account; the mailing waits."),
    hint=_("Mend what holds all emails, then resume the mailing."),
    why=TECHNICAL,
)
FAILS_IN_A_ROW = declare(
    "mailing.fails_in_a_row",
    _(
        "%(count)s emails failed one after the other and none left between them; the others wait. The last "
        "one said: %(why)s"
    ),
    general=_("Emails of the mailing failed one after the other; the others wait."),
    hint=_("Mend what the last one said, then resume the mailing; or stop it and write another."),
    count=VALUE,
    why=VALUE,
)
UNREACHABLE = declare(
    "mailing.unreachable",
    _(
        "The mail service could not be reached, %(count)s times in a row. Nothing is lost: resume the "
        "mailing when it can be. (%(why)s)"
    ),
    general=_("The mail service could not be reached for long; the mailing waits."),
    hint=_("See whether the workers reach the network, then resume the mailing."),
    count=VALUE,
    why=TECHNICAL,
)
JOB_ENDED = declare(
    "mailing.job_ended",
    _("The job that worked on the mailing ended: %(why)s Nothing is lost: resume the mailing."),
    general=_("The job that worked on the mailing ended."),
    hint=_("Mend what its job says, then resume the mailing."),
    why=VALUE,
)
CHANGED = declare(
    "mailing.changed_since",
    _(
        "Text, audience or values are not what was taken down and approved any more, so nothing of it is "
        "sent. Stop it and make another."
    ),
    hint=_("Stop the mailing and make another; and ask who changed its rows."),
)
APPROVAL_WITHDRAWN = declare(
    "mailing.approval_withdrawn",
    _("Its approval was withdrawn. What had left is listed below; the others wait."),
    hint=_("Ask who withdrew it; have it approved again, or stop it."),
)
NOT_TAKEN_DOWN = declare(
    "mailing.not_taken_down",
    _("Its audience could not be taken down: %(why)s"),
    general=_("The audience of the mailing could not be taken down."),
    hint=_("Correct the audience, then take it down again."),
    why=VALUE,
)

# --- What cannot be done ----------------------------------------------------------------------------

WRONG_STATE = declare(
    "mailing.wrong_state",
    _("This mailing is “%(state)s”: somebody was quicker, or it went on by itself. Nothing was changed."),
    general=_("The mailing is in another state by now."),
    state=VALUE,
)
NO_AUDIENCE = declare(
    "mailing.no_audience", _("This mailing has no audience any more: it was deleted. Choose another.")
)
CANNOT_BE_ASKED = declare(
    "mailing.audience_cannot_be_asked",
    _("Its audience asks for what is not there any more: %(why)s"),
    general=_("The audience of the mailing asks for what is not there any more."),
    hint=_("Correct the audience, then take it down again."),
    why=VALUE,
)
NO_TEMPLATE = declare(
    "mailing.no_template", _("This mailing has no template any more: it was deleted. Choose another.")
)
TEMPLATE_OFF = declare(
    "mailing.template_off", _("Its template is switched off. Switch it on, or choose another.")
)
NOBODY = declare("mailing.nobody", _("Nobody is in this mailing: there is nothing to send."))
OWN_MAILING = declare(
    "mailing.own",
    _("A mailing to more than %(threshold)s people is approved by somebody else than who made it."),
    general=_("A mailing is not approved by who made it."),
    threshold=VALUE,
)
NOT_WHAT_WAS_READ = declare(
    "mailing.not_what_was_read",
    _("This is not the mailing that you read: its text, audience or values are others. Read it again."),
)
NOT_APPROVED = declare(
    "mailing.not_approved",
    _("A mailing to more than %(threshold)s people is approved by a second person before it is sent."),
    general=_("The mailing needs the approval of a second person."),
    threshold=VALUE,
)
FORGED_APPROVAL = declare(
    "mailing.forged_approval",
    _(
        "Its approval is not one that was given here: its signature is wrong, or SECRET_KEY was changed "
        "since. Withdraw it and have the mailing approved again."
    ),
    hint=_("Withdraw the approval and have the mailing approved again."),
)

# --- Its job ----------------------------------------------------------------------------------------

SENDING = declare("mailing.sending", _("Sending"))
TAKING_DOWN = declare("mailing.taking_down", _("Taking down its audience"))
GOES_ON = declare("mailing.goes_on", _("It goes on in a moment: other work has its turn."))
AWAITS_TURN = declare("mailing.awaits_turn", _("Emails leave as fast as the mail service allows."))
AWAITS_SERVICE = declare(
    "mailing.awaits_service",
    _("The mail service cannot be reached; it goes on by itself. (%(why)s)"),
    general=_("The mail service cannot be reached; the mailing goes on by itself."),
    why=TECHNICAL,
)


class MailingRefused(CodedError):
    """It is not as it must be for what somebody wants; `str()` is a sentence for them."""


class GoesOn(CodedError):
    """Its job gives way and comes back."""
