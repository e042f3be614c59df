"""A group for each cause, from the first failure with it; and what says that it is not repaired after all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from tasks_app.failures.keys import Key, groups_with, key_of_group
from tasks_app.failures.reach import with_reach
from tasks_app.failures.rows import Failed
from tasks_app.models import FailureDecision, FailureGroup, FailureStatus


def note(
    failed: Sequence[Failed], also: Iterable[Key] = (), pk: int | None = None
) -> dict[Key, FailureGroup]:
    """The groups of these jobs, of other keys that have one, and the one of this number.

    A cause that nobody has seen yet gets its row, a repair that one of these runs disproves is taken back.
    Whoever sees it first writes it, the clock or a page.
    """
    first: dict[Key, Failed] = {}
    last: dict[Key, Failed] = {}
    for row in failed:
        first.setdefault(row.key, row)
        last[row.key] = row
    groups = groups_of([*first, *also], pk)
    missing = [
        FailureGroup(**key._asdict(), first_at=row.ended_at, last_at=last[key].ended_at)
        for key, row in first.items()
        if key not in groups
    ]
    if missing:
        FailureGroup.objects.bulk_create(missing, ignore_conflicts=True, batch_size=500)
        groups = groups_of([*first, *also], pk)
    for key, group in groups.items():
        if group.status == FailureStatus.REPAIRED and group.status_at is not None:
            _reopen_where_disproved(group, (row for row in failed if row.key == key), group.status_at)
    return groups


def groups_of(keys: Iterable[Key], pk: int | None = None) -> dict[Key, FailureGroup]:
    """Those that have a row."""
    wanted = set(keys)
    if not wanted and pk is None:
        return {}
    rows = with_reach(FailureGroup.objects.filter(groups_with(wanted) | Q(pk=pk)).select_related("owner"))
    found = {key_of_group(one): one for one in rows}
    return {key: group for key, group in found.items() if key in wanted or group.pk == pk}


def _reopen_where_disproved(group: FailureGroup, failed: Iterable[Failed], repaired_at: datetime) -> None:
    """A run that began before it was repaired says nothing of it."""
    disproof = next((row for row in failed if row.started_at > repaired_at), None)
    if disproof is None:
        return
    changed = {
        "status": FailureStatus.NEW,
        "status_at": disproof.ended_at,
        "disproved_by": disproof.id,
        "owner": None,
        "until": None,
    }
    with transaction.atomic():
        repaired = FailureGroup.objects.filter(pk=group.pk, status=FailureStatus.REPAIRED)
        mine = repaired.filter(revision=group.revision).update(revision=F("revision") + 1, **changed)
        if mine:
            FailureDecision.objects.create(
                group=group,
                at=disproof.ended_at,
                status=FailureStatus.NEW,
                job_id=disproof.id,
                release=group.release,
            )
            group.revision += 1
    for name, value in changed.items():
        setattr(group, name, value)
