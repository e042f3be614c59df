"""How the company's reports look: one row, or none while nobody chose anything."""

from __future__ import annotations

from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

ONLY = 1  # its key
COLOUR = RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("Write a colour as # and six digits, as in #1c2b52."))
ONE_LINE = RegexValidator(r"^[^\x00-\x1f\x7f]*\Z", _("This must be one line, without control characters."))
MOST_BYTES = 512 * 1024  # of a logo that is kept


class ReportLook(models.Model):
    company = models.CharField(
        _("company"),
        max_length=80,
        blank=True,
        validators=[ONE_LINE],
        help_text=_("On the cover and on top of each page; empty: the name of the installation."),
    )
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        blank=True,
        validators=[COLOUR],
        help_text=_("Of the cover, headings and charts, as in #1c2b52; dark enough for white text on it."),
    )
    footer = models.CharField(
        _("footer"),
        max_length=120,
        blank=True,
        validators=[ONE_LINE],
        help_text=_("One line below each page, as in “Confidential”."),
    )
    logo = models.BinaryField(
        _("logo"), blank=True, default=b"", editable=False, validators=[MaxLengthValidator(MOST_BYTES)]
    )

    class Meta:
        default_permissions = ("change",)
        verbose_name = _("look of reports")
        verbose_name_plural = _("look of reports")
        constraints = [models.CheckConstraint(condition=models.Q(id=ONLY), name="one_look_of_reports")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
