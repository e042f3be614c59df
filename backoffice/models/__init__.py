"""What the domain remembers: who gets emails, lists of them, what was sent, which reports were made."""

from backoffice.models.access import (
    AuthenticatorApp,
    GroupPolicy,
    Identity,
    PasswordLinkCount,
    RecoveryCode,
    SignInLock,
)
from backoffice.models.delivery import EventKind, MessageEvent, SendingHold, Suppression
from backoffice.models.emails import EmailTemplate, Recipient, TemplateVariable
from backoffice.models.message_states import ACCEPTED, UNSENT, MessageState
from backoffice.models.messages import Attachment, Message
from backoffice.models.people import Installation, LastLook, SignIn
from backoffice.models.people_lists import PeopleList
from backoffice.models.report_look import ReportLook
from backoffice.models.reports import Download, Report
from backoffice.models.sizes import Size

__all__ = [
    "ACCEPTED",
    "UNSENT",
    "Attachment",
    "AuthenticatorApp",
    "Download",
    "EmailTemplate",
    "EventKind",
    "GroupPolicy",
    "Identity",
    "Installation",
    "LastLook",
    "Message",
    "MessageEvent",
    "MessageState",
    "PasswordLinkCount",
    "PeopleList",
    "Recipient",
    "RecoveryCode",
    "Report",
    "ReportLook",
    "SendingHold",
    "SignIn",
    "SignInLock",
    "Size",
    "Suppression",
    "TemplateVariable",
]
