"""Who may see a job, and who may have it done again."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from tasks_app.admin.common import Person
from tasks_app.launching import may_run_again as may_run_again
from tasks_app.models import Job


def may_see(user: Person, job: Job) -> bool:
    """Whoever may see jobs; and everybody what they launched themselves."""
    return user.has_perm("tasks_app.view_job") or (user.pk is not None and job.created_by_id == user.pk)


def find_job(
    request: HttpRequest, object_id: str, also: Callable[[QuerySet[Job]], QuerySet[Job]] | None = None
) -> Job:
    """The job of a URL; raises Http404, or PermissionDenied where this person may not see it.

    What is wanted `also` is asked with it.
    """
    rows: QuerySet[Job] = Job.objects.select_related("created_by", "rerun_of").filter(pk=unquote(object_id))
    job = (also(rows) if also else rows).first()
    if job is None:
        raise Http404
    if not may_see(request.user, job):
        raise PermissionDenied
    return job
