"""Reading the audit log: what was done to one thing, alone or among many; the things of such an entry."""

from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery

from tasks_app.models.audit import AuditItem

MOST = 1_000  # entries about many that a history tells of


def with_items(entries: QuerySet[LogEntry], model: type[Model], object_id: str) -> QuerySet[LogEntry]:
    """The history of one thing, as Django asks for it, and what was done to it together with others.

    Each of those entries says what was done to this one (see `entries.get_change_message`).
    """
    kind = ContentType.objects.get_for_model(model, for_concrete_model=False)
    mine = AuditItem.objects.filter(object_id=object_id, content_type=kind)
    # Their ids are asked for first: an OR with a subquery reads the whole table.
    among_many = list(mine.order_by("-pk").values_list("entry", flat=True)[:MOST])
    alone = Q(object_id=object_id, content_type=kind)
    found = LogEntry.objects.filter(alone | Q(pk__in=among_many)).select_related("user", "content_type")
    what = mine.filter(entry=OuterRef("pk")).values("change_message")[:1]
    return found.annotate(of_one=Subquery(what)).order_by(*entries.query.order_by)


def of_object(object_id: str) -> QuerySet[LogEntry]:
    """Entries about whatever has this id, alone or among many."""
    among_many = list(
        AuditItem.objects.filter(object_id=object_id).order_by("-pk").values_list("entry", flat=True)[:MOST]
    )
    return LogEntry.objects.filter(Q(object_id=object_id) | Q(pk__in=among_many))


def items_of(entry: LogEntry, after: int, most: int) -> list[AuditItem]:
    """A page of what an entry about many is about, in the order in which it was done."""
    items = AuditItem.objects.filter(entry=entry, pk__gt=after).select_related("content_type", "entry")
    return list(items.order_by("pk")[:most])
