"""What a house knows of its recipients besides name and company: tags, and fields of its own."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from backoffice.models.fields import LineField

LONGEST_VALUE = 500  # characters


class FieldType(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")


class Tag(models.Model):
    """A word that people put on recipients, to find them again."""

    name = LineField(
        _("name"),
        max_length=60,
        validators=[
            RegexValidator(
                r"\A[^,;]+\Z", _("A tag has no comma and no semicolon: they part one from another.")
            )
        ],
    )

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="one_tag_of_a_name",
                violation_error_message=_("There is a tag of this name already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.name)


class RecipientTag(models.Model):
    """That a recipient has a tag. The first index counts a tag's people, the second finds a person's tags."""

    recipient = models.ForeignKey("backoffice.Recipient", models.CASCADE, db_index=False)
    tag = models.ForeignKey(Tag, models.CASCADE, db_index=False)

    class Meta:
        verbose_name = _("tag of a recipient")
        verbose_name_plural = _("tags of recipients")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["tag", "recipient"], name="one_tag_once")]
        indexes = [models.Index(fields=["recipient", "tag"], name="tags_of_a_recipient")]

    def __str__(self) -> str:
        return f"{self.tag_id} → {self.recipient_id}"


class RecipientField(models.Model):
    """A field of the house's own. What each recipient has in it stands in `Recipient.own`, by its name."""

    name = models.CharField(
        _("name"),
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[a-z][a-z0-9]*(_[a-z0-9]+)*\Z",
                _("Use small letters, digits and single _ only, and begin with a letter: customer_since."),
            )
        ],
        help_text=_("In templates and lists: customer_since. It stays as it is first written."),
    )
    label = LineField(
        _("label"), max_length=100, help_text=_("What pages and lists call it: Customer since.")
    )
    type = models.CharField(_("type"), max_length=8, choices=FieldType, default=FieldType.TEXT)
    choices = models.TextField(
        _("choices"), blank=True, max_length=5_000, help_text=_("Of a choice alone: one a line.")
    )

    class Meta:
        verbose_name = _("field of recipients")
        verbose_name_plural = _("fields of recipients")
        ordering = ["label", "id"]

    def __str__(self) -> str:
        return str(self.label)

    def chosen_from(self) -> list[str]:
        """What a choice offers."""
        return [line.strip() for line in self.choices.splitlines() if line.strip()]


def names_in(tags: Iterable[Tag]) -> str:
    """As forms, lists and pages write them."""
    return ", ".join(sorted((tag.name for tag in tags), key=str.casefold))
