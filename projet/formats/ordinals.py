"""The first day of a month, as French writes it: 1er mars. Django's `j` says 1 in every language."""

from __future__ import annotations

from django.utils.dateformat import DateFormat
from django.utils.translation import get_language


def day_of_month(self: DateFormat) -> int | str:
    """What `j` in any format stands for: dates, periods, axes, in pages, reports and emails alike."""
    day: int = self.data.day  # type: ignore[union-attr]  # formats of times alone have no j
    return "1er" if day == 1 and (get_language() or "").partition("-")[0] == "fr" else day


def install() -> None:
    DateFormat.j = day_of_month  # type: ignore[method-assign,assignment]  # its own says an int alone
