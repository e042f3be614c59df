"""What the domain remembers: who gets emails, lists of them, what was sent, which reports were made."""

from backoffice.models.access import (
    AuthenticatorApp,
    GroupPolicy,
    Identity,
    PasswordLinkCount,
    RecoveryCode,
    SignInLock,
)
from backoffice.models.audiences import (
    Audience,
    AudienceCondition,
    AudienceKind,
    AudienceLine,
    AudienceMember,
    Comparison,
)
from backoffice.models.delivery import EventKind, MessageEvent, SendingHold, Suppression
from backoffice.models.emails import EmailTemplate, Recipient, TemplateVariable
from backoffice.models.mailings import Mailing, MailingPerson, MailingState
from backoffice.models.message_states import ACCEPTED, UNSENT, MessageState
from backoffice.models.messages import Attachment, Message
from backoffice.models.people import Installation, LastLook, SignIn
from backoffice.models.people_lists import PeopleList
from backoffice.models.recipient_fields import FieldType, RecipientField, RecipientTag, Tag
from backoffice.models.reports import Download, Report
from backoffice.models.sizes import Size

__all__ = [
    "ACCEPTED",
    "UNSENT",
    "Attachment",
    "Audience",
    "AudienceCondition",
    "AudienceKind",
    "AudienceLine",
    "AudienceMember",
    "AuthenticatorApp",
    "Comparison",
    "Download",
    "EmailTemplate",
    "EventKind",
    "FieldType",
    "GroupPolicy",
    "Identity",
    "Installation",
    "LastLook",
    "Mailing",
    "MailingPerson",
    "MailingState",
    "Message",
    "MessageEvent",
    "MessageState",
    "PasswordLinkCount",
    "PeopleList",
    "Recipient",
    "RecipientField",
    "RecipientTag",
    "RecoveryCode",
    "Report",
    "SendingHold",
    "SignIn",
    "SignInLock",
    "Size",
    "Suppression",
    "Tag",
    "TemplateVariable",
]
