"""What an overview counts besides jobs: workers, clocks and hosts that are there, schedules that are on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, ClassVar

from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask

from backoffice.reports.sources.population import Values, moment
from backoffice.reports.sources.source import Counted, Form, Source
from tasks_app.db.pages import in_pages
from tasks_app.models import Node

NODES, SCHEDULES = "nodes", "schedules"
NEXT = "options__next_slot"


class Nodes(Source):
    """Without their names, which say nothing to who reads reports."""

    name = NODES
    title = _("Workers, clocks and web, seen in the last 30 s")
    columns: ClassVar = (
        Counted("started_at", _("Running since"), Form.MOMENT),
        Counted("kind", _("Kind")),
        Counted("queues", _("Queues")),
        Counted("is_worker", _("Worker"), Form.YES, is_shown=False),
    )

    def total(self) -> int:
        return len(list(Node.objects.alive(self.moment)))

    def rows(self) -> Iterator[tuple[str, Values]]:
        yield from map(_of_node, Node.objects.alive(self.moment))

    def known(self, ids: Collection[str]) -> Iterator[tuple[str, Values]]:
        yield from ((key, values) for key, values in self.rows() if key in ids)

    def row(self, key: str) -> tuple[type[Model], Any]:
        return Node, key


class Schedules(Source):
    name = SCHEDULES
    title = _("Schedules that are switched on")
    columns: ClassVar = (
        Counted("next_run", _("Next run"), Form.MOMENT),
        Counted("name", _("Schedule")),
        Counted("task", _("Job"), Form.TASK),
        Counted("is_planned", _("Has a next run"), Form.YES, is_shown=False),
    )

    def total(self) -> int:
        return int(PeriodicTask.objects.filter(enabled=True).count())

    def rows(self) -> Iterator[tuple[str, Values]]:
        found = PeriodicTask.objects.filter(enabled=True).values_list("id", "name", "task", NEXT, named=True)
        for page in in_pages(found, by=("id",)):
            yield from map(_of_schedule, page)

    def known(self, ids: Collection[str]) -> Iterator[tuple[str, Values]]:
        found = PeriodicTask.objects.filter(enabled=True, pk__in=list(map(int, ids)))
        yield from map(_of_schedule, found.values_list("id", "name", "task", NEXT, named=True))

    def row(self, key: str) -> tuple[type[Model], Any]:
        return PeriodicTask, int(key)


def _of_node(node: Node) -> tuple[str, Values]:
    queues = ", ".join(node.details.get("queues", []))
    is_worker = node.kind == Node.Kind.WORKER
    return str(node.pk), (moment(node.started_at), str(Node.Kind(node.kind).label), queues, is_worker)


def _of_schedule(row: Any) -> tuple[str, Values]:
    following = moment(getattr(row, NEXT))
    return str(row.id), (following, row.name, row.task, following is not None)
