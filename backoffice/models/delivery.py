"""What the mail service told us: events of messages, addresses that take none, and a hold on all of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.models.messages import Message
from tasks_app.models.caused import Caused


class EventKind(models.TextChoices):
    """What SES tells of a message, after we handed it over."""

    SENT = "sent", _("Accepted by the mail service")
    DELAYED = "delayed", _("Delivery delayed")
    REJECTED = "rejected", _("Rejected by the mail service")
    UNRENDERED = "unrendered", _("Not rendered by the mail service")
    SOFT_BOUNCED = "soft_bounced", _("Not delivered: the mailbox did not take it")
    DELIVERED = "delivered", _("Delivered")
    BOUNCED = "bounced", _("Bounced: the address takes no mail")
    COMPLAINED = "complained", _("Reported as spam")


class MessageEvent(models.Model):
    """One thing that happened to a message outside of this house. The same event told twice is one row."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(_("event"), max_length=16, choices=EventKind)
    at = models.DateTimeField(_("when"))  # by the mail service's clock
    detail = models.TextField(_("detail"), blank=True)  # the other mail server's own words
    received_at = models.DateTimeField(_("received"), auto_now_add=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        default_permissions = ()
        ordering = ["at", "id"]
        constraints = [
            # SNS delivers at least once, and SES may publish twice: neither makes a second event.
            models.UniqueConstraint(fields=["message", "kind", "at"], name="one_row_per_event"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Suppression(models.Model):
    """An address that is not written to: its mailbox does not exist, or its owner reported us."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("The address takes no mail")
        COMPLAINED = "complained", _("Its owner reported an email as spam")

    address = models.CharField(_("address"), max_length=254, unique=True)  # in small letters
    reason = models.CharField(_("reason"), max_length=16, choices=Reason)
    detail = models.TextField(_("detail"), blank=True)
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, related_name="+", verbose_name=_("message")
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        default_permissions = ("view",)
        permissions = [("lift_suppression", _("Can let suppressed addresses get emails again"))]
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="suppression_newest")]

    def __str__(self) -> str:
        return self.address


class SendingHold(Caused):
    """There is a row while the mail service takes nothing from this account: then all emails wait.

    One row at most. `probe_at` is when one email may be tried; whoever moves it on is that one.
    """

    sentence_column = "reason"
    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    since = models.DateTimeField(_("since"))
    reason = models.TextField(_("reason"))  # the mail service's words
    error_code = models.CharField(_("error code"), max_length=255)
    probe_at = models.DateTimeField(_("next try"))

    class Meta:
        verbose_name = _("hold on all emails")
        verbose_name_plural = _("hold on all emails")
        default_permissions = ()
        permissions = [("probe_sendinghold", _("Can try held emails again at once"))]

    def __str__(self) -> str:
        return f"{self.error_code} {self.since:%Y-%m-%d %H:%M}"
