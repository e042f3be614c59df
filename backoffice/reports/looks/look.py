"""What was chosen for documents, in the shape that they need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from backoffice.models import ReportLook
from backoffice.models.report_look import ONLY
from backoffice.reports.looks.colours import Shades, shades


@dataclass(frozen=True)
class Look:
    company: str = ""
    accent: str = ""
    footer: str = ""
    logo: bytes = b""  # PNG

    @property
    def name(self) -> str:
        return self.company or settings.COMPANY_NAME

    @cached_property
    def shades(self) -> Shades:
        return shades(self.accent)


def look_of(row: ReportLook) -> Look:
    return Look(row.company, row.accent, row.footer, bytes(row.logo))


def kept() -> Look:
    """As it was chosen last."""
    row = ReportLook.objects.filter(pk=ONLY).first()
    return look_of(row) if row else Look()
