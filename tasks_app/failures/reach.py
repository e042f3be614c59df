"""Up to when the clock has counted, read in one statement with what it counted."""

from __future__ import annotations

from django.db.models import QuerySet, Subquery

from tasks_app.models import FailureGroup, TallyProgress


def reach(name: str) -> Subquery:
    """`failures_until` or `repairs_until`, as a value in another query."""
    return Subquery(TallyProgress.objects.values(name)[:1])


def with_reach(groups: QuerySet[FailureGroup]) -> QuerySet[FailureGroup]:
    """Each row with up to when its counts are: of the moment at which it was read."""
    return groups.annotate(counted_until=reach("failures_until"), repairs_counted=reach("repairs_until"))
