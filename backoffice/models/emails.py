"""Whom we write to, and the templates staff edit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import batched

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from backoffice import spelling
from backoffice.models.fields import AddressField, LineField, validate_mailbox
from backoffice.models.recipient_fields import RecipientTag, Tag
from tasks_app.db.folded_field import FoldedField
from tasks_app.db.trigrams import trigram_index

RECIPIENT_INDEX = trigram_index("recipient_trigrams", "backoffice_recipient", "folded", on_sqlite=False)


class RecipientQuerySet(models.QuerySet["Recipient"]):
    def active(self) -> RecipientQuerySet:
        """Those who may be written to: the others opted out."""
        return self.filter(active=True)

    def choosable(self) -> RecipientQuerySet:
        """Those people choose from: active, and more than somebody's own address for tests."""
        return self.active().filter(for_tests=False)

    def with_address(self, email: str) -> RecipientQuerySet:
        """The one with this address, however it is spelled."""
        return self.alias(address=Lower("email")).filter(address=spelling.address(email).lower())

    def with_addresses(self, emails: Iterable[str]) -> Iterator[Recipient]:
        """Those with one of these addresses, however they are spelled: a query for each thousand."""
        for some in batched({spelling.address(email).lower() for email in emails}, 1_000):
            yield from self.alias(address=Lower("email")).filter(address__in=some)


class Recipient(models.Model):
    email = AddressField(_("email address"), max_length=254, validators=[validate_mailbox])
    name = LineField(_("name"), max_length=200, blank=True)
    company = LineField(_("company"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Off: this person opted out, and nothing is sent to them.")
    )
    for_tests = models.BooleanField(
        _("test address"),
        default=False,
        help_text=_(
            "On: only the tests somebody sends to themselves go here. It is not offered, nor exported."
        ),
    )
    # Where they live, by a name that tasks_app/zones.py knows; "" where nobody said.
    zone = models.CharField(_("time zone"), max_length=63, blank=True, default="", db_default="")
    # By name of each field of the house's own: text, a number, or a day as ISO 8601 writes it; what nobody
    # knows is not in it (docs/decisions/0042).
    own = models.JSONField(_("own fields"), default=dict, db_default={}, editable=False)
    tags = models.ManyToManyField(
        Tag, through=RecipientTag, related_name="recipients", blank=True, verbose_name=_("tags")
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    # What a search compares: RECIPIENT_INDEX is of it, which Django cannot say for both databases.
    folded = FoldedField(of=("email", "name", "company", "own"))

    objects = RecipientQuerySet.as_manager()

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
        # The orders of their list.
        indexes = [
            models.Index(fields=["email", "id"], name="recipient_by_email"),
            models.Index(fields=["created_at", "id"], name="recipient_by_day"),
            # Who has a certain value in a field of the house's own.
            GinIndex(fields=["own"], name="recipient_by_own", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


class EmailTemplateQuerySet(models.QuerySet["EmailTemplate"]):
    def active(self) -> EmailTemplateQuerySet:
        return self.filter(active=True)

    def default(self) -> EmailTemplateQuerySet:
        """The one that is used where nobody chose, by `DEFAULT_EMAIL_TEMPLATE`."""
        return self.filter(slug=settings.DEFAULT_EMAIL_TEMPLATE)


class EmailTemplate(models.Model):
    """Subject, text and HTML in Liquid; they may name `recipient`, `company`, `today` and its variables."""

    slug = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    subject = models.CharField(_("subject"), max_length=500)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    active = models.BooleanField(_("active"), default=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = EmailTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("email template")
        verbose_name_plural = _("email templates")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TemplateVariable(models.Model):
    """A word the template may use, with the value it has and the sample the preview shows."""

    template = models.ForeignKey(EmailTemplate, models.CASCADE, related_name="variables")
    name = models.CharField(
        _("name"),
        max_length=64,
        validators=[RegexValidator(r"\A[a-z][a-z0-9_]*\Z", _("Use small letters, digits and _ only."))],
        help_text=_("In the template: {{ name }}"),
    )
    value = models.CharField(_("value"), max_length=500, blank=True, help_text=_("What the emails say."))
    sample = models.CharField(
        _("sample"), max_length=500, blank=True, help_text=_("What the preview says instead.")
    )

    class Meta:
        verbose_name = _("variable")
        verbose_name_plural = _("variables")
        constraints = [models.UniqueConstraint(fields=["template", "name"], name="one_variable_per_name")]

    def __str__(self) -> str:
        return self.name
