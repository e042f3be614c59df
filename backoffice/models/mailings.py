"""One writing to many: its text and its audience as they were at one moment, a row a person.

A mailing's messages are rows of `Message` with its key; what may become of it is moved by
`backoffice/mailings/going.py` alone.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.models.audiences import Audience
from backoffice.models.emails import EmailTemplate, Recipient
from backoffice.models.fields import LineField
from tasks_app.models.caused import Caused


class MailingState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    FREEZING = "freezing", _("Taking down its audience")
    FROZEN = "frozen", _("Audience taken down")
    SENDING = "sending", pgettext_lazy("mailing", "Sending")
    PAUSED = "paused", pgettext_lazy("mailing", "Paused")
    STOPPED = "stopped", pgettext_lazy("mailing", "Stopped")
    DONE = "done", pgettext_lazy("mailing", "Sent")


# Nothing of it leaves any more.
ENDED_MAILING = frozenset({MailingState.STOPPED, MailingState.DONE})


class Mailing(Caused):
    """`cause` says why it waits for somebody, where it paused by itself or its freezing failed."""

    sentence_column = "reason"

    name = LineField(_("name"), max_length=200)
    audience = models.ForeignKey(
        Audience, models.SET_NULL, null=True, related_name="mailings", verbose_name=_("audience")
    )
    audience_name = models.CharField(_("audience"), max_length=100, blank=True, editable=False)  # as it was
    template = models.ForeignKey(
        EmailTemplate, models.SET_NULL, null=True, related_name="mailings", verbose_name=_("template")
    )
    state = models.CharField(
        _("state"), max_length=16, choices=MailingState, default=MailingState.DRAFT, editable=False
    )
    reason = models.TextField(_("reason"), blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # Who joins the audience after it is not in the mailing.
    frozen_as_of = models.DateTimeField(null=True, editable=False)
    # The key of the last of the audience that has been looked at: where the next step goes on.
    frozen_until = models.BigIntegerField(default=0, editable=False)
    frozen_at = models.DateTimeField(null=True, editable=False)  # the whole of it
    people = models.PositiveIntegerField(_("people"), default=0, editable=False)
    # The text as it was at that moment: what changes in the template later changes no mailing.
    template_name = models.CharField(_("template"), max_length=200, blank=True, editable=False)
    subject = models.CharField(_("subject"), max_length=500, blank=True, editable=False)
    text = models.TextField(blank=True, editable=False)
    html = models.TextField(blank=True, editable=False)
    variables = models.JSONField(default=dict, editable=False)  # the template's own values, by name
    sender = models.CharField(_("from"), max_length=254, blank=True, editable=False)
    company = models.CharField(max_length=200, blank=True, editable=False)
    # Of text, audience and values (backoffice/mailings/digest.py): what is approved.
    digest = models.CharField(max_length=64, blank=True, editable=False)
    # What erased people were in the sum that the digest is of: they leave it without changing it.
    erased_sum = models.CharField(max_length=64, blank=True, editable=False)
    verified_at = models.DateTimeField(null=True, editable=False)  # found as it was approved
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("sent by"),
    )
    started_at = models.DateTimeField(_("sending since"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    # The job that works on it; another one changes nothing of it.
    job_id = models.CharField(max_length=255, blank=True, editable=False, db_index=True)
    # People who have their message: so many, and the key of the last of them.
    prepared = models.PositiveIntegerField(default=0, editable=False)
    prepared_until = models.BigIntegerField(default=0, editable=False)
    failing = models.PositiveSmallIntegerField(default=0, editable=False)  # messages in a row, with none sent
    fruitless = models.PositiveSmallIntegerField(
        default=0, editable=False
    )  # turns in a row, by passing errors
    rate = models.FloatField(null=True, editable=False)  # messages a second, lately
    values_pruned_at = models.DateTimeField(null=True, editable=False)  # no text of it is said any more
    values_kept = models.BooleanField(default=True, editable=False)  # of some of its people

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["-created_at", "-id"]
        default_permissions = ("view", "add", "change")
        permissions = [
            ("send_mailing", _("Can send mailings, pause, resume and stop them")),
            ("approve_mailing", _("Can approve mailings of others")),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="mailing_newest"),
            models.Index(fields=["state", "-created_at"], name="mailing_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED_MAILING


class MailingApproval(models.Model):
    """That somebody read a mailing and wants it sent: of exactly what `digest` says, under our signature."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="approvals")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    by_name = models.CharField(max_length=150, blank=True)  # as they were called
    at = models.DateTimeField(_("approved"))
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=255)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("withdrawn by")
    )

    class Meta:
        verbose_name = _("approval of a mailing")
        verbose_name_plural = _("approvals of mailings")
        ordering = ["at", "id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["mailing"], condition=Q(withdrawn_at=None), name="one_valid_approval_of_a_mailing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id} ✓ {self.by_name}"


class MailingPerson(models.Model):
    """One person of a mailing, once however their address is spelled.

    Nothing but erasing changes what was taken down. Erased, the row counts on, and says of nobody.
    """

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="everybody", db_index=False)
    recipient = models.ForeignKey(
        Recipient, models.SET_NULL, null=True, related_name="+", verbose_name=_("recipient")
    )
    email = models.CharField(_("email address"), max_length=254, blank=True)
    address = models.CharField(max_length=254, null=True, db_index=True)  # in small letters; NULL once erased
    name = models.CharField(_("name"), max_length=200, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    zone = models.CharField(_("time zone"), max_length=63, blank=True)
    values = models.JSONField(default=dict)  # by name of the variable
    active = models.BooleanField()  # False: had opted out when the audience was taken down

    class Meta:
        verbose_name = _("person of a mailing")
        verbose_name_plural = _("people of mailings")
        ordering = ["id"]
        default_permissions = ()
        indexes = [models.Index(fields=["mailing", "id"], name="people_of_mailing_in_order")]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "address"], name="one_person_an_address"),
            models.CheckConstraint(
                name="erased_whole",
                condition=Q(address=None, email="", name="") | ~Q(address=None) & ~Q(email=""),
            ),
        ]

    def __str__(self) -> str:
        return self.email
