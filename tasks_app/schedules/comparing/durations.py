"""How long a run of each kind takes, as its runs so far say: from the tallies, never from the jobs."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Sum

from tasks_app.models import State, Tally


def mean_seconds(task_names: Iterable[str]) -> dict[str, float]:
    """By task name; none of those that never succeeded yet."""
    rows = Tally.objects.filter(kind__in=set(task_names), outcome=State.SUCCEEDED, count__gt=0)
    sums = rows.values("kind").annotate(all_seconds=Sum("seconds"), runs=Sum("count")).order_by()
    return {row["kind"]: row["all_seconds"] / row["runs"] for row in sums}
