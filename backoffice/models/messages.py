"""One row for each email to each recipient: what was written, and what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.models.emails import EmailTemplate, Recipient
from backoffice.models.mailings import Mailing, MailingPerson
from backoffice.models.message_states import UNSENT, MessageState
from tasks_app.models.caused import Caused


class MessageQuerySet(models.QuerySet["Message"]):
    """No message changes its state but through these and `backoffice.emails`: each a guarded UPDATE."""

    def queued(self) -> MessageQuerySet:
        return self.filter(state=MessageState.QUEUED)

    def submitting(self) -> MessageQuerySet:
        return self.filter(state=MessageState.SUBMITTING)

    def unknown(self) -> MessageQuerySet:
        return self.filter(state=MessageState.UNKNOWN)

    def with_id(self, given: object) -> MessageQuerySet:
        """The one with this id as a job's argument or a search has it; none for what is no id."""
        try:
            return self.filter(pk=uuid.UUID(str(given)))
        except ValueError:
            return self.none()

    def of_job(self, job_id: str) -> MessageQuerySet:
        return self.filter(job_id=job_id)

    def held_by(self, attempt: int) -> MessageQuerySet:
        """While that attempt may still write its outcome: a later one, or a person, takes it away."""
        return self.filter(state=MessageState.SUBMITTING, attempt=attempt)

    def with_body_before(self, moment: datetime) -> MessageQuerySet:
        """Done with, older than `moment`, and their text is still kept: what the cleanup empties."""
        return self.exclude(state__in=UNSENT | {MessageState.UNKNOWN}).filter(
            created_at__lt=moment, body_pruned_at__isnull=True
        )


class Message(Caused):
    """One email to one recipient. Its id travels in `X-Outgoing-Id` and in the SES tags."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(
        Recipient,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("recipient"),
        db_index=False,  # message_of_recipient begins with it
    )
    template = models.ForeignKey(
        EmailTemplate,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("template"),
        db_index=False,  # message_by_template begins with it
    )
    template_name = models.CharField(_("template"), max_length=200, blank=True)
    # Of a mailing: which one, and who of it. Its text is the mailing's, with this person's values, and is
    # kept nowhere else (backoffice/emails/bodies.py).
    mailing = models.ForeignKey(
        Mailing,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("mailing"),
        db_index=False,  # message_of_mailing begins with it
    )
    person = models.ForeignKey(
        MailingPerson,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person of a mailing"),
        db_index=False,  # one_message_a_person, which most messages are not in
    )
    # As addressed when it was written: recipients change or go, the record does not. "" where nobody knew.
    to = models.CharField(_("to"), max_length=254, blank=True)
    sender = models.CharField(_("from"), max_length=254, blank=True)  # "" where it came to no text
    # 500 signs of four bytes still fit PostgreSQL's index rows (2,704 bytes).
    subject = models.CharField(_("subject"), max_length=500, blank=True, db_index=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    # What stands in the header beyond these: To with the name, Cc, Reply-To …
    headers = models.JSONField(default=dict)
    # Password resets and their like: no body is kept and none is ever shown.
    security = models.BooleanField(_("security mail"), default=False)
    state = models.CharField(_("state"), max_length=16, choices=MessageState, default=MessageState.QUEUED)
    # Counts the claims. An outcome is written under the number of its own attempt, or not at all.
    attempt = models.PositiveIntegerField(_("attempts"), default=0)
    transport = models.CharField(_("sent by"), max_length=16, blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=255, blank=True, db_index=True)
    error_class = models.CharField(_("error class"), max_length=255, blank=True)
    error = models.TextField(_("error"), blank=True)
    job_id = models.CharField(_("job"), max_length=255, blank=True, db_index=True)
    resend_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="resends")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    body_pruned_at = models.DateTimeField(_("body removed"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "-id"]
        permissions = [("settle_message", _("Can settle messages with an unknown outcome"))]
        constraints = [
            # One message per job: a second run of the job finds the first run's message.
            models.UniqueConstraint(fields=["job_id"], condition=~Q(job_id=""), name="one_message_per_job"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(person__isnull=False), name="one_message_a_person"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
            models.Index(fields=["state", "-created_at"], name="message_by_state"),
            # A person's messages by either way that leads to them, newest first. What came of each stands
            # behind: they are counted by it without reading them.
            models.Index(fields=["recipient", "-created_at", "-id", "state"], name="message_of_recipient"),
            # For whole addresses and for their beginnings, in any collation.
            models.Index(
                fields=["to", "-created_at", "-id", "state", "recipient"],
                name="message_to_address",
                opclasses=["varchar_pattern_ops", "timestamptz_ops", "uuid_ops", "varchar_ops", "int8_ops"],
            ),
            # Of those that name nobody: few, among all that may have gone to an address.
            models.Index(
                fields=["to", "-created_at", "-id", "state"],
                name="message_to_nobody",
                condition=Q(recipient__isnull=True),
            ),
            models.Index(fields=["template", "-created_at"], name="message_by_template"),
            # What came of a mailing's messages is counted from it alone, and its people are listed by it.
            models.Index(
                fields=["mailing", "state", "person"],
                name="message_of_mailing",
                condition=Q(mailing__isnull=False),
            ),
            # The cleanup asks every hour which bodies are past their time, and mostly there are none.
            models.Index(
                fields=["created_at"], name="message_with_body", condition=Q(body_pruned_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} → {self.addressee}"

    @property
    def title(self) -> str:
        """What pages call it: its subject, or what it would have been."""
        return self.subject or self.template_name or gettext("(no subject)")

    @property
    def addressee(self) -> str:
        return self.to or gettext("no known address")

    @property
    def lost_its_recipient(self) -> bool:
        """Whether whom it was written to is deleted. Mail that Django's functions send has no recipient."""
        return self.recipient_id is None and self.template_name != ""

    @property
    def was_composed(self) -> bool:
        """Whether it came to a text; else it was refused before."""
        return bool(self.sender)

    @property
    def is_draft(self) -> bool:
        """Whether its row is not written yet."""
        return self._state.adding

    @property
    def has_body(self) -> bool:
        """Whether there is something to read: not for security mail, nor past its retention."""
        return self.was_composed and not self.security and self.body_pruned_at is None


class Attachment(models.Model):
    """A file that travels with a message; it is pruned with the message's body."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(max_length=127)
    # Its name in Django's storage; "" for one that was written before they moved there.
    file = models.CharField(max_length=255, blank=True, default="")
    content = models.BinaryField(default=bytes)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        # The cleanup asks which of the storage's files a row knows.
        indexes = [models.Index(fields=["file"], name="attachment_by_file")]

    def __str__(self) -> str:
        return self.name
