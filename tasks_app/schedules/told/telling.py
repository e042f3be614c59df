"""One notice to each follower as a schedule's trouble begins, one as it is over; and no more between."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tasks_app.launching import launch
from tasks_app.models import ScheduleFollower, ScheduleTrouble

BY_MAIL = "tasks_app.tasks.schedule_by_mail"
SEES = "django_celery_beat.view_periodictask"
MOST = 200  # troubles at a look


def tell(now: datetime) -> int:
    """Tell what was not told; returns how many mails that are. What nobody follows is told to nobody."""
    with transaction.atomic():
        untold = ScheduleTrouble.objects.filter(
            Q(begin_told=False) | Q(ended_at__isnull=False, end_told=False)
        )
        rows = list(untold.select_for_update(skip_locked=True, of=("self",)).order_by("id")[:MOST])
        told = sum(_tell(row) for row in rows)
        for row in rows:
            row.begin_told, row.end_told = True, row.ended_at is not None
        ScheduleTrouble.objects.bulk_update(rows, ["begin_told", "end_told"])
    return told


def _tell(trouble: ScheduleTrouble) -> int:
    """What began and was over before anybody was told of it is told as both, in one."""
    followers = ScheduleFollower.objects.filter(schedule=trouble.schedule_id).select_related("user")
    people = [one.user for one in followers.order_by("pk") if one.user.email and one.user.has_perm(SEES)]
    for person in people:
        launch(
            BY_MAIL,
            {
                "trouble_id": trouble.pk,
                "over": trouble.ended_at is not None,
                "address": person.email,
            },
            by=None,
        )
    return len(people)
