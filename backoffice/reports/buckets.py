"""A period cut for a chart: by hour, day or month, so that it has neither one bar nor hundreds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models.functions import TruncDate, TruncHour, TruncMonth
from django.utils import formats, timezone
from django.utils.translation import gettext

from backoffice.reports.periods import Period, zone
from backoffice.reports.selection import Selection

HOURS_UP_TO, DAYS_UP_TO = 1, 92  # days of period


@dataclass(frozen=True)
class Buckets:
    """`keys` in order, what `expression` over a time field gives; `label` puts a key below its bar."""

    unit: str  # hour, day, month
    keys: list[Any]
    expression: Callable[[str], Any]
    label: Callable[[Any], str]
    end: datetime  # of the period

    def split(self, rows: Selection) -> list[Selection]:
        """What of these rows is in each bucket."""
        begins = [_begins(key) for key in self.keys]
        return [rows.within(begin, end) for begin, end in zip(begins, [*begins[1:], self.end], strict=True)]

    @property
    def labels(self) -> list[str]:
        return [self.label(key) for key in self.keys]


def _begins(key: date | datetime) -> datetime:
    return key if isinstance(key, datetime) else Period(key, key).start


def buckets_of(period: Period) -> Buckets:
    if len(period.days) <= HOURS_UP_TO:
        return Buckets(
            "hour",
            [datetime.combine(period.first, time(hour), zone()) for hour in range(24)],
            lambda field: TruncHour(field, tzinfo=zone()),
            lambda moment: formats.time_format(timezone.localtime(moment, zone()), "H:i"),
            period.end,
        )
    if len(period.days) <= DAYS_UP_TO:
        return Buckets(
            "day",
            period.days,
            lambda field: TruncDate(field, tzinfo=zone()),
            lambda day: formats.date_format(day, gettext("j M")),
            period.end,
        )
    months = sorted({day.replace(day=1) for day in period.days})
    return Buckets(
        "month",
        [datetime.combine(month, time.min, zone()) for month in months],
        lambda field: TruncMonth(field, tzinfo=zone()),
        lambda moment: formats.date_format(timezone.localtime(moment, zone()), gettext("M Y")),
        period.end,
    )
