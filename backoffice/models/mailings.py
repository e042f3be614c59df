"""One writing to many: its audience as it was at one moment, a row a person, with what each will read."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.models.audiences import Audience
from backoffice.models.emails import Recipient


class MailingState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    FREEZING = "freezing", _("Taking down its audience")
    FROZEN = "frozen", _("Audience taken down")


class Mailing(models.Model):
    name = models.CharField(_("name"), max_length=200)
    audience = models.ForeignKey(
        Audience, models.SET_NULL, null=True, related_name="mailings", verbose_name=_("audience")
    )
    audience_name = models.CharField(_("audience"), max_length=100, blank=True)  # as it was called
    state = models.CharField(_("state"), max_length=16, choices=MailingState, default=MailingState.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # Who joins the audience after it is not in the mailing.
    frozen_as_of = models.DateTimeField(null=True)
    # The key of the last of the audience that has been looked at: where the next step goes on.
    frozen_until = models.BigIntegerField(default=0)
    frozen_at = models.DateTimeField(null=True)  # the whole of it
    people = models.PositiveIntegerField(_("people"), default=0)

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["-created_at", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


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
        constraints = [
            models.UniqueConstraint(fields=["mailing", "address"], name="one_person_an_address"),
            models.CheckConstraint(
                name="erased_whole",
                condition=Q(address=None, email="", name="") | ~Q(address=None) & ~Q(email=""),
            ),
        ]

    def __str__(self) -> str:
        return self.email
