"""Who may see a job, and who may have it done again."""

from __future__ import annotations

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from tasks_app.admin.common import Person
from tasks_app.catalogue import kind_of, launchable_of
from tasks_app.models import Job
from tasks_app.subject import arguments_of


def may_see(user: Person, job: Job) -> bool:
    """Whoever may see jobs; and everybody what they launched themselves."""
    return user.has_perm("tasks_app.view_job") or (user.pk is not None and job.created_by_id == user.pk)


def find_job(request: HttpRequest, object_id: str) -> Job:
    """The job of a URL; raises Http404, or PermissionDenied where this person may not see it."""
    job = Job.objects.select_related("created_by", "rerun_of").filter(pk=unquote(object_id)).first()
    if job is None:
        raise Http404
    if not may_see(request.user, job):
        raise PermissionDenied
    return job


def may_run_again(user: Person, job: Job) -> bool:
    """Needs the right to run jobs again and the right to launch this very job."""
    if not user.has_perm("tasks_app.rerun_job"):
        return False
    kind = kind_of(job.name)
    if kind is None:  # a task that nobody declared: there is no other permission to ask for
        return True
    launchable = launchable_of(job.name, arguments_of(job))
    return launchable.allowed(user) if launchable else user.has_perm(kind.permission)
