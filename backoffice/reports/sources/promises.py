"""The days of promises of a period."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, ClassVar

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from backoffice.reports.promise_days import reason_of
from backoffice.reports.sources.population import Values, moment
from backoffice.reports.sources.source import Counted, Form, Source
from tasks_app.db.pages import in_pages
from tasks_app.models import PromiseDay

PAGE = 2_000


class PromiseDays(Source):
    name = "promises"
    title = _("Days on which a promise came due")
    columns: ClassVar = (
        Counted("deadline", _("To be done by"), Form.MOMENT),
        Counted("day", _("Day"), Form.DAY),
        Counted("schedule_name", _("Schedule")),
        Counted("schedule", _("Number of the schedule"), is_shown=False),
        Counted("kept", _("Kept"), Form.YES),
        Counted("why", _("Why")),
    )

    def _days(self) -> Any:
        first, last = map(date.fromisoformat, self.arguments)
        return PromiseDay.objects.filter(day__gte=first, day__lte=last)

    def total(self) -> int:
        return self._days().count()  # type: ignore[no-any-return]

    def rows(self) -> Iterator[tuple[str, Values]]:
        for page in in_pages(self._days(), by=("day", "pk"), size=PAGE):
            yield from map(_values_of, page)

    def known(self, ids: Collection[str]) -> Iterator[tuple[str, Values]]:
        yield from map(_values_of, PromiseDay.objects.filter(pk__in=list(map(int, ids))))

    def row(self, key: str) -> tuple[type[Model], Any]:
        return PromiseDay, int(key)


def _values_of(day: PromiseDay) -> tuple[str, Values]:
    values = (day.day.isoformat(), day.schedule_name, day.schedule_id, day.kept, reason_of(day))
    return str(day.pk), (moment(day.deadline), *values)
