"""What the retention takes: a removed job is counted no more, but among those that were removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tasks_app.failures.keys import Key, key_of
from tasks_app.failures.spans import Span, begin
from tasks_app.models import FailureGroup, FailureTally, Job, State, TallyProgress


def forget(ids: Sequence[str]) -> None:
    """These jobs are about to be removed, in this transaction. The clock does not count meanwhile."""
    progress = TallyProgress.objects.select_for_update().first()
    if progress is None or progress.failures_until is None:
        return
    counted = Job.objects.filter(pk__in=ids, state=State.FAILED, ended_at__lte=progress.failures_until)
    failed: Counter[Key] = Counter()
    repaired: Counter[Key] = Counter()
    days: Counter[tuple[Key, datetime]] = Counter()
    columns = ("name", "cause", "error_class", "ended_at", "repaired_at")
    for name, cause, error_class, ended_at, repaired_at in counted.values_list(*columns):
        key = key_of(name, cause, error_class)
        failed[key] += 1
        if ended_at is not None:
            days[key, begin(Span.DAY, ended_at)] += 1
        if repaired_at and progress.repairs_until and repaired_at <= progress.repairs_until:
            repaired[key] += 1
    for key, count in failed.items():
        FailureGroup.objects.filter(**key._asdict()).update(
            failed=F("failed") - count,
            repaired=F("repaired") - repaired[key],
            removed=F("removed") + count,
        )
    for (key, day), count in days.items():
        of_group = {f"group__{name}": value for name, value in key._asdict().items()}
        FailureTally.objects.filter(span=Span.DAY, begins=day, **of_group).update(count=F("count") - count)


def old_groups(before: datetime) -> QuerySet[FailureGroup]:
    """Of causes that no job of ours has any more: a group outlives its jobs, never the other way."""
    alike = Job.objects.filter(state=State.FAILED, name=OuterRef("kind"))
    with_cause = Exists(alike.filter(cause=OuterRef("cause")))
    with_class = Exists(alike.filter(cause=None, error_class=OuterRef("error_class")))
    return (
        FailureGroup.objects.filter(last_at__lt=before)
        .exclude(Q(~Q(cause=""), with_cause) | Q(Q(cause=""), with_class))
        .order_by("last_at")
    )
