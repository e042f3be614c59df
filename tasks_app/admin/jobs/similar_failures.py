"""Jobs of the same kind that failed today for the same cause: whether this is one of many."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from tasks_app.admin.common import Link
from tasks_app.display import brief, capped
from tasks_app.models import Job, State
from tasks_app.subject import listed, subject_of

COUNTED = 99
SHOWN = 5


def similar_today(job: Job) -> dict[str, Any]:
    """How many, and the newest; nothing of a job that did not fail, or of which no cause is kept."""
    if job.state != State.FAILED or not job.cause:
        return {}
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    alike = Job.objects.filter(
        state=State.FAILED, name=job.name, cause=job.cause, ended_at__gte=midnight
    ).exclude(pk=job.pk)
    found = list(listed(alike).order_by("-ended_at")[: COUNTED + 1])
    if not found:
        return {}
    count = len(found)
    sentence = ngettext(
        "%(count)s other job failed today for the same cause.",
        "%(count)s other jobs failed today for the same cause.",
        count,
    ) % {"count": capped(count, COUNTED)}
    return {
        "said": sentence,
        "jobs": [_link(one) for one in found[:SHOWN]],
    }


def _link(job: Job) -> Link:
    url = reverse("admin:tasks_app_job_change", args=[job.pk])
    return Link(subject_of(job) or job.pk[:8], url, "error", brief(job.ended_at))
