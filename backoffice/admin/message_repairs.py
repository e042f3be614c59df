"""Messages whose job was run again with success: they need nobody any more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backoffice.models import Message
from tasks_app.admin.filters import OneOf
from tasks_app.models import Job


def unrepaired(messages: QuerySet[Message]) -> QuerySet[Message]:
    return messages.exclude(_repaired())


def _repaired() -> Exists:
    return Exists(Job.objects.filter(pk=OuterRef("job_id"), repaired_at__isnull=False))


class RepairedFilter(OneOf):
    """By whether a later run of the same job succeeded."""

    title = _("repaired")
    parameter_name = "repaired"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("no", _("Not repaired")), ("yes", _("Repaired by a re-run"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = set(self.chosen()) & {"no", "yes"}
        if len(chosen) != 1:
            return queryset
        return unrepaired(queryset) if chosen == {"no"} else queryset.filter(_repaired())
