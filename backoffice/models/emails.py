"""Recipients, the templates staff edit, and one row for each email to each recipient."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import validate_email
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Recipient(models.Model):
    email = models.CharField(_("email address"), max_length=254, validators=[validate_email])
    name = models.CharField(_("name"), max_length=200, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_recipient_per_address",
                violation_error_message=_("There is a recipient with this address already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


class EmailTemplate(models.Model):
    """Subject, text and HTML in Liquid; what they may name is `recipient`, `company`, `today` and its variables."""

    slug = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    subject = models.CharField(_("subject"), max_length=500)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    active = models.BooleanField(_("active"), default=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("email template")
        verbose_name_plural = _("email templates")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TemplateVariable(models.Model):
    """A word the template may use, with the value it has and the sample the preview shows."""

    template = models.ForeignKey(EmailTemplate, models.CASCADE, related_name="variables")
    name = models.SlugField(_("name"), max_length=64)
    value = models.CharField(_("value"), max_length=500, blank=True)
    sample = models.CharField(_("sample"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("variable")
        verbose_name_plural = _("variables")
        constraints = [models.UniqueConstraint(fields=["template", "name"], name="one_variable_per_name")]

    def __str__(self) -> str:
        return self.name


class MessageState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SUBMITTING = "submitting", _("Submitting")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    BOUNCED = "bounced", _("Bounced")
    COMPLAINED = "complained", _("Complained")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Suppressed")
    UNKNOWN = "unknown", _("Unknown")


class Message(models.Model):
    """One email to one recipient. Its id travels in `X-Outgoing-Id` and in the SES tags."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(
        Recipient,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("recipient"),
    )
    template = models.ForeignKey(
        EmailTemplate,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("template"),
    )
    template_name = models.CharField(_("template"), max_length=200, blank=True)
    # As addressed when it was written: recipients change or go, the record does not.
    to = models.CharField(_("to"), max_length=254)
    sender = models.CharField(_("from"), max_length=254)
    subject = models.CharField(_("subject"), max_length=998)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    headers = models.JSONField(default=dict)
    # Password resets and their like: no body is kept and none is ever shown.
    security = models.BooleanField(_("security mail"), default=False)
    state = models.CharField(_("state"), max_length=16, choices=MessageState, default=MessageState.QUEUED)
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

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "-id"]
        permissions = [("settle_message", _("Can settle messages with an unknown outcome"))]
        constraints = [
            # One message per job: a second run of the job finds the first run's message.
            models.UniqueConstraint(fields=["job_id"], condition=~Q(job_id=""), name="one_message_per_job"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
            models.Index(fields=["state", "-created_at"], name="message_by_state"),
            models.Index(fields=["to", "-created_at"], name="message_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"


class Attachment(models.Model):
    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(max_length=127)
    content = models.BinaryField()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name
