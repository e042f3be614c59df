"""To whom something may be written: recipients that conditions find, a chosen list, or an uploaded file."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.models.emails import Recipient
from backoffice.models.fields import LineField


class AudienceKind(models.TextChoices):
    CONDITIONS = "conditions", _("By conditions")
    CHOSEN = "chosen", _("Chosen one by one")
    FILE = "file", _("From a file")


class AudienceQuerySet(models.QuerySet["Audience"]):
    def seen_by(self, user: Any) -> AudienceQuerySet:
        """One's own, and those that others share."""
        return self if user.is_superuser else self.filter(Q(owner=user) | Q(shared=True))


class Audience(models.Model):
    name = LineField(_("name"), max_length=100)
    kind = models.CharField(
        _("kind"), max_length=10, choices=AudienceKind, default=AudienceKind.CONDITIONS, editable=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="audiences",
        verbose_name=_("owner"),
    )
    shared = models.BooleanField(
        _("shared with everybody who sees audiences"),
        default=False,
        help_text=_("Off: its owner alone sees it."),
    )
    # Of a file: the columns that emails may name, in their order: [name, as the file calls it].
    variables = models.JSONField(default=list, editable=False)
    file_name = models.CharField(_("file"), max_length=255, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = AudienceQuerySet.as_manager()

    class Meta:
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="one_audience_of_a_name",
                violation_error_message=_("You have an audience of this name already: choose another."),
            )
        ]

    def __str__(self) -> str:
        return str(self.name)


class Comparison(models.TextChoices):
    IS = "is", _("is")
    IS_NOT = "is_not", _("is not")
    CONTAINS = "contains", _("contains")
    CONTAINS_NOT = "contains_not", _("does not contain")
    FROM = "from", _("is at least / from this day")
    UNTIL = "until", _("is at most / up to this day")
    LAST_DAYS = "last_days", _("in the last … days")
    NOT_LAST_DAYS = "not_last_days", _("not in the last … days")
    EMPTY = "empty", _("is not filled in")
    FILLED = "filled", _("is filled in")


class AudienceCondition(models.Model):
    """One thing that is asked of each recipient; what it may ask: backoffice/audiences/subjects.py."""

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="conditions")
    # Of what is asked: "company", "tag", or "own:" and the name of a field of the house's own.
    subject = models.CharField(_("what"), max_length=50, db_index=True)
    comparison = models.CharField(_("how"), max_length=16, choices=Comparison, default=Comparison.IS)
    value = models.CharField(_("compared with"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ["id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.subject.removeprefix('own:')} {self.get_comparison_display()} {self.value}".strip()


class AudienceMember(models.Model):
    """That a recipient was chosen for an audience; both leave together."""

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="members", db_index=False)
    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("chosen recipient")
        verbose_name_plural = _("chosen recipients")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["audience", "recipient"], name="one_member_once")]

    def __str__(self) -> str:
        return f"{self.audience_id} ← {self.recipient_id}"


class AudienceLine(models.Model):
    """One person of an uploaded file, who need be no recipient, with a value for each column."""

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="lines", db_index=False)
    line = models.PositiveIntegerField(_("line"))  # of the file
    email = models.CharField(_("email address"), max_length=254)
    address = models.CharField(max_length=254, db_index=True)  # in small letters: one person is one address
    name = models.CharField(_("name"), max_length=200, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    zone = models.CharField(_("time zone"), max_length=63, blank=True)
    values = models.JSONField(default=dict)  # by name of the variable, as the file has it

    class Meta:
        verbose_name = _("person of a file")
        verbose_name_plural = _("people of files")
        ordering = ["line"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["audience", "address"], name="one_line_an_address")]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email
