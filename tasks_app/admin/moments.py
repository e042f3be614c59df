"""Moments as addresses and forms give them. Python can write some that no zone, and no database, can say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from tasks_app.zones import FIRST as FIRST
from tasks_app.zones import LAST as LAST
from tasks_app.zones import aware as aware

EARLIEST = datetime(
    1900, 1, 1, tzinfo=UTC
)  # of what a form takes: a year before it is a slip of the keyboard


def moment_of(text: str) -> datetime | None:
    """A moment in ISO 8601, local where it has no offset; None for what is none."""
    try:
        moment = parse_datetime(text)
    except ValueError:  # a day there is not
        return None
    return aware(moment) if moment else None


class MomentField(forms.DateTimeField):
    """A day and a time that every zone can say: the last day there is means "no end", year 1 is refused."""

    def to_python(self, value: Any) -> datetime | None:
        try:
            moment = super().to_python(value)
        except OverflowError:  # in the zone of the page it is beyond the first or the last day
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        return aware(moment) if moment else None

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and value < EARLIEST:
            raise ValidationError(_("This is too long ago: choose a year from 1900 on."))
