"""With whose rights a schedule runs: its owner's, asked at each slot; never those of its last editor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django_celery_beat.models import PeriodicTask

from tasks_app.catalogue import kind_of, launchable_of
from tasks_app.db import shared_time
from tasks_app.db.among import Among
from tasks_app.models import ScheduleFollower, ScheduleOptions, ScheduleOwner
from tasks_app.notices import Notice
from tasks_app.schedules import causes
from tasks_app.schedules.job_of_schedule import InvalidSchedule, arguments_of

WITHOUT = Q(ownership=None) | Q(ownership__in=ScheduleOwner.objects.who_left())


def without_active_owner() -> QuerySet[PeriodicTask]:
    """Those of nobody and of somebody who left; a system's own need nobody."""
    found: QuerySet[PeriodicTask] = PeriodicTask.objects.filter(WITHOUT)
    return found


def owner_of(schedule: PeriodicTask) -> ScheduleOwner | None:
    found: ScheduleOwner | None = getattr(schedule, "ownership", None)
    return found


def give_to(schedule: PeriodicTask, user: Any) -> None:
    """It is theirs from now on, and they follow it."""
    now = shared_time.now()
    ScheduleOwner.objects.update_or_create(
        schedule=schedule, defaults={"owner": user, "is_system": False, "since": now}
    )
    ScheduleFollower.objects.get_or_create(schedule=schedule, user=user, defaults={"since": now})


def give_to_the_system(schedule: PeriodicTask) -> None:
    given = {"owner": None, "is_system": True, "since": shared_time.now()}
    ScheduleOwner.objects.update_or_create(schedule=schedule, defaults=given)


def may_launch(user: Any, schedule: PeriodicTask) -> bool:
    """Whether this person may launch its job with its arguments; one nobody knows is nobody's secret."""
    if not user.is_active:
        return False
    kind = kind_of(schedule.task)
    if kind is None:
        return True
    try:
        one = launchable_of(schedule.task, arguments_of(schedule))
    except InvalidSchedule:
        one = None
    return one.allowed(user) if one else user.has_perm(kind.permission)


def withhold(batch: Sequence[ScheduleOptions]) -> None:
    """Say to each that is due why its owner may not launch it now; each owner's rights are read once."""
    owned = ScheduleOwner.objects.filter(Among("schedule_id", [one.pk for one in batch]), is_system=False)
    owner_ids = dict(owned.values_list("schedule_id", "owner_id"))
    people = get_user_model().objects.in_bulk([pk for pk in owner_ids.values() if pk is not None])
    for options in batch:
        if options.pk in owner_ids:
            options.withheld = _refusal(people.get(owner_ids[options.pk]), options.schedule)


def why_withheld(schedule: PeriodicTask) -> Notice | None:
    """The same of one schedule, for what is launched for it beside the clock's own look."""
    found = owner_of(schedule)
    return None if found is None or found.is_system else _refusal(found.owner, schedule)


def _refusal(owner: Any, schedule: PeriodicTask) -> Notice | None:
    if owner is None or not owner.is_active:
        return causes.OWNER_LEFT()
    return None if may_launch(owner, schedule) else causes.OWNER_MAY_NOT()
