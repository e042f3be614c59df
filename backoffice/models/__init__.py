"""What the domain remembers: who gets emails, what was sent, which reports were made."""

from backoffice.models.emails import (
    Attachment,
    EmailTemplate,
    Message,
    MessageState,
    Recipient,
    TemplateVariable,
)
from backoffice.models.people import Installation, SignIn
from backoffice.models.reports import Download, Report

__all__ = [
    "Attachment",
    "Download",
    "EmailTemplate",
    "Installation",
    "Message",
    "MessageState",
    "Recipient",
    "Report",
    "SignIn",
    "TemplateVariable",
]
