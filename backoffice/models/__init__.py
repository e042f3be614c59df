"""What the domain remembers: who gets emails, what was sent, which reports were made and for whom."""

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
from backoffice.models.mailings import (
    ENDED_MAILING,
    Mailing,
    MailingApproval,
    MailingPerson,
    MailingState,
)
from backoffice.models.message_states import ACCEPTED, UNSENT, MessageState
from backoffice.models.messages import Attachment, Message
from backoffice.models.people import Installation, LastLook, SignIn
from backoffice.models.people_lists import PeopleList
from backoffice.models.questions import Drawn, Question, QuestionAnswer, QuestionVersion, VersionState
from backoffice.models.recipient_fields import FieldType, RecipientField, RecipientTag, Tag
from backoffice.models.report_look import ReportLook
from backoffice.models.reports import Download, Report
from backoffice.models.shelf import Binder, Favourite, Issue, LegalHold
from backoffice.models.sizes import Size
from backoffice.models.snapshots import Snapshot, SnapshotPart
from backoffice.models.subscriptions import (
    Copy,
    Form,
    OutsideReader,
    Reader,
    RunState,
    Subscription,
    SubscriptionRun,
)

__all__ = [
    "ACCEPTED",
    "ENDED_MAILING",
    "UNSENT",
    "Attachment",
    "Audience",
    "AudienceCondition",
    "AudienceKind",
    "AudienceLine",
    "AudienceMember",
    "AuthenticatorApp",
    "Binder",
    "Comparison",
    "Copy",
    "Download",
    "Drawn",
    "EmailTemplate",
    "EventKind",
    "Favourite",
    "FieldType",
    "Form",
    "GroupPolicy",
    "Identity",
    "Installation",
    "Issue",
    "LastLook",
    "LegalHold",
    "Mailing",
    "MailingApproval",
    "MailingPerson",
    "MailingState",
    "Message",
    "MessageEvent",
    "MessageState",
    "OutsideReader",
    "PasswordLinkCount",
    "PeopleList",
    "Question",
    "QuestionAnswer",
    "QuestionVersion",
    "Reader",
    "Recipient",
    "RecipientField",
    "RecipientTag",
    "RecoveryCode",
    "Report",
    "ReportLook",
    "RunState",
    "SendingHold",
    "SignIn",
    "SignInLock",
    "Size",
    "Snapshot",
    "SnapshotPart",
    "Subscription",
    "SubscriptionRun",
    "Suppression",
    "Tag",
    "TemplateVariable",
    "VersionState",
]
