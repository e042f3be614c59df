"""A message as it lies there between two attempts."""

from __future__ import annotations

from backoffice.emails.compose import compose
from backoffice.models import Message, Recipient


def queued(recipient: Recipient, job_id: str) -> Message:
    """One of this job, from the default template: written, and not handed over yet."""
    message = compose(recipient.pk, None, job_id)
    message.save(force_insert=True)
    return message
