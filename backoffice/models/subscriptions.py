"""Reports that arrive: what is wanted and when, who reads it, and what each run handed over to whom."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.models.messages import Message
from backoffice.models.reports import Report
from tasks_app.models.caused import Caused


class Form(models.TextChoices):
    """How a reader gets the document."""

    ATTACHED = "attached", _("Attached to the email")
    LINKED = "linked", _("As a link behind sign-in")


class Subscription(Caused):
    """A report wanted again and again. Its schedule says when; where that is gone it is at an end."""

    sentence_column: ClassVar[str] = "ended_because"

    schedule = models.OneToOneField(
        "django_celery_beat.PeriodicTask", models.SET_NULL, null=True, related_name="subscription"
    )
    name = models.CharField(_("name"), max_length=150)
    type = models.CharField(_("report"), max_length=64)
    parameters = models.JSONField(default=dict)  # of the order, without its format
    formats = models.JSONField(default=list)
    form = models.CharField(_("form"), max_length=16, choices=Form, default=Form.ATTACHED)
    skip_empty = models.BooleanField(_("skip empty periods"), default=True)
    # Whose it is: who is told of failures, and by whose right addresses outside are written to.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="subscriptions",
        verbose_name=_("owner"),
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_because = models.TextField(blank=True, default="")
    # When the owner was asked whether to end it, as nobody reads it: what came before counts no more.
    asked_at = models.DateTimeField(null=True)
    question_open = models.BooleanField(default=False)  # the owner has not answered yet

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["name", "id"]
        default_permissions = ["view", "add"]
        permissions = [
            ("keep_subscription", _("Can change, end and hand over the subscriptions of others")),
            ("share_report", _("Can have reports sent to addresses outside")),
        ]

    def __str__(self) -> str:
        return self.name


class OutsideReader(models.Model):
    """An address outside that gets, or got, issues of one report; and whether its owner wants no more.

    It outlives subscriptions, so that a wish to be left alone does.
    """

    type = models.CharField(max_length=64)
    address = models.CharField(max_length=254)  # in lower case
    opted_out_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["type", "address"], name="outside_reader_once")]

    def __str__(self) -> str:
        return self.address


class Reader(Caused):
    """Somebody who gets a subscription: a user, or an address outside."""

    sentence_column: ClassVar[str] = "stopped_because"

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="readers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    outside = models.ForeignKey(OutsideReader, models.CASCADE, null=True, related_name="readings")
    # The subscription has stopped for this reader alone.
    stopped_at = models.DateTimeField(null=True)
    stopped_because = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = pgettext_lazy("of a subscription", "reader")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(outside__isnull=True), name="reader_inside_or_outside"
            ),
            models.UniqueConstraint(fields=["subscription", "user"], name="reader_once"),
            models.UniqueConstraint(fields=["subscription", "outside"], name="reading_outside_once"),
        ]

    def __str__(self) -> str:
        return str(self.outside or self.user)


class RunState(models.TextChoices):
    HANDED_ON = "handed_on", _("Handed on")
    EMPTY = "empty", _("Skipped: nothing to report")
    NOBODY = "nobody", _("Nobody left to read it")
    FAILED = "failed", pgettext_lazy("run of a subscription", "Failed")


class SubscriptionRun(Caused):
    """What came of one moment of a subscription."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="runs", db_index=False)
    job_id = models.CharField(max_length=255, unique=True)
    title = models.CharField(_("title"), max_length=255)
    state = models.CharField(_("state"), max_length=16, choices=RunState)
    at = models.DateTimeField(_("when"), auto_now_add=True)
    error = models.TextField(blank=True, default="")
    reports = models.ManyToManyField(Report, related_name="runs")

    class Meta:
        default_permissions = ()
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["subscription", "-at", "-id"], name="run_of_subscription")]

    def __str__(self) -> str:
        return self.title


class Copy(Caused):
    """What one reader got of one run: a message of its own, or why there is none."""

    run = models.ForeignKey(SubscriptionRun, models.CASCADE, related_name="copies")
    reader = models.ForeignKey(Reader, models.SET_NULL, null=True, related_name="copies")
    name = models.CharField(max_length=254)  # who it was for, as they were called then
    form = models.CharField(max_length=16, choices=Form)
    message = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="copy")
    error = models.TextField(blank=True, default="")

    class Meta:
        default_permissions = ()
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
