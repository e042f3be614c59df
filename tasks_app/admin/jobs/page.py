"""One job's page: its state as it changes, what happened, its arguments, its error, what belongs to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.arguments import changes_since, shown_arguments, shown_result
from tasks_app.admin.common import Link, job_links
from tasks_app.admin.jobs.access import find_job
from tasks_app.admin.jobs.actions import offered
from tasks_app.admin.jobs.belongings import CHAIN, may_have, result_of, slot_of, with_belongings
from tasks_app.admin.jobs.family import family_tree
from tasks_app.admin.jobs.lineage import lineage
from tasks_app.admin.jobs.log import level_of, log_of
from tasks_app.admin.jobs.mending import fails_again, helps, mends
from tasks_app.admin.jobs.similar_failures import similar_today
from tasks_app.admin.jobs.timeline import timeline
from tasks_app.admin.things import cause_url, gone, job_name, page_of, read_once, row_of, thing
from tasks_app.catalogue import kind_of, label_of
from tasks_app.display import brief, labelled
from tasks_app.failures.keys import key_of
from tasks_app.ledger.message_codec import SCHEDULE
from tasks_app.ledger.refused_message import what_arrived
from tasks_app.models import FINAL, Job, Node, QueueState, State
from tasks_app.monitor.pauses import why_it_waits
from tasks_app.monitor.queue_status import takes_from
from tasks_app.subject import arguments_of, listed, subject_of

FOLLOW_UPS = 20  # shown of each sort
ATTEMPTS = 20  # shown, the latest: each has a traceback
SETTLED = FINAL | {State.UNKNOWN}  # nothing changes any more but by a person


def show(request: HttpRequest, object_id: str) -> HttpResponse:
    job = find_job(request, object_id, with_belongings)
    context = admin.site.each_context(request) | body(request, job)
    if request.user.has_perm("tasks_app.view_job"):
        context["opts"] = Job._meta  # the way back to the list
    context |= {
        "title": job_name(job),
        "digest": digest(request, context),
    }
    return TemplateResponse(request, "tasks_app/job.html", context)


def live(request: HttpRequest, object_id: str) -> HttpResponse:
    """The page's changing part for whoever watches: 204 while nothing changed since `?seen=`."""
    context = body(request, find_job(request, object_id, with_belongings))
    context["digest"] = digest(request, context)
    if request.GET.get("seen") == context["digest"]:
        return HttpResponse(status=204)
    return TemplateResponse(request, "tasks_app/job_body.html", context | {"announce": True})


@read_once()
def body(request: HttpRequest, job: Job) -> dict[str, Any]:
    support = request.user.has_perm("tasks_app.view_job")
    attempts = [*reversed(job.attempts.order_by("-number", "-pk")[:ATTEMPTS])]
    pages, to_mend = list(links(request, job)), mends(job)
    as_it_was = fails_again(job)
    actions = offered(request, job, to_mend if as_it_was else ())
    tree, are_more = family_tree(request, job) if support else ([], False)
    return {
        "job": job,
        "kind": kind_of(job.name),
        "label": label_of(job.name),
        **_ways(request, job),
        "is_live": job.state not in SETTLED,
        "level": level_of(request),
        "started_late": _waits_for(job),
        "progress": job.progress if job.state == State.RUNNING else None,
        "arguments": list(shown_arguments(request, job.name, arguments_of(job))),
        "changes": [] if what_arrived(job) else changes_since(job),  # no version of ours launched that
        "timeline": timeline(job, attempts),
        "helps": helps(request, job) if as_it_was else [],
        "fails_again": as_it_was,
        "mended": bool(to_mend) and not as_it_was,
        "effects": [labelled(action.label, action.note) for action in actions if action.note],
        "family": tree,
        "family_goes_on": are_more,
        "similar": similar_today(job) if support else {},
        "log": log_of(request, job),
        "lineage": list(lineage(job)) if support else [],
        "attempts": attempts,
        "earlier_attempts": job.attempts.count() - len(attempts) if len(attempts) == ATTEMPTS else 0,
        "arrived": what_arrived(job) if support else "",
        "show_tracebacks": support,
        "result": shown_result(job, result_of(job)[1]) if support else "",
        "main_links": [link for link in pages if link.prominent],
        "links": [link for link in pages if not link.prominent],
        "actions": actions,
    }


def _ways(request: HttpRequest, job: Job) -> dict[str, str]:
    """Where its names lead: jobs of its kind, its queue, who launched it, its cause; "" where this person may
    not go."""
    return {
        "kind_url": _list_of(request, {"kind": job.name}) if kind_of(job.name) else "",
        "queue_url": page_of(request, QueueState(name=job.queue)),
        "launcher_url": page_of(request, job.created_by) if job.created_by else "",
        "trace_url": _list_of(request, {"q": job.trace_id}) if job.trace_id else "",
        "cause_url": _cause_of(request, job),
    }


def _cause_of(request: HttpRequest, job: Job) -> str:
    if job.state != State.FAILED or not request.user.has_perm("tasks_app.view_job"):
        return ""
    return cause_url(job.name, key_of(job.name, job.cause, job.error_class).address)


def _list_of(request: HttpRequest, query: dict[str, str]) -> str:
    """The list of jobs, narrowed so."""
    if not request.user.has_perm("tasks_app.view_job"):
        return ""
    return reverse("admin:tasks_app_job_changelist", query=query)


def digest(request: HttpRequest, context: dict[str, Any]) -> str:
    """Changes when what the page shows does."""
    shown = render_to_string("tasks_app/job_body.html", context | {"digest": ""}, request)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def _waits_for(job: Job) -> str:
    """Why a waiting job has not started, where there is something to say."""
    if job.state != State.WAITING:
        return ""
    if job.available_at is None:
        return _("It starts when another job lets it go.")
    if job.available_at > timezone.now():
        return _tried(job) or _("It is not due yet.")
    if paused := why_it_waits(job.queue):  # nothing of it counts as published
        return paused
    if job.published_at is None:
        return _("Queued; it starts when the broker is back.")
    workers = Node.objects.alive(timezone.now()).filter(kind=Node.Kind.WORKER)
    if not any(takes_from(worker, job.queue) for worker in workers):
        return _("No worker takes jobs from its queue at present: it starts when one does.")
    return _("It starts as soon as a worker of its queue is free.")


def _tried(job: Job) -> str:
    """How often it was tried in vain, and when it is tried again."""
    count = job.retries + job.deaths
    if not count:
        return ""
    return ngettext(
        "Tried %(count)s time; the next try is at %(moment)s.",
        "Tried %(count)s times; the next try is at %(moment)s.",
        count,
    ) % {"count": count, "moment": brief(job.available_at)}


# --- What belongs to it ------------------------------------------------------------------------


def links(request: HttpRequest, job: Job) -> Iterable[Link]:
    """Pages of what the job made, came from and led to."""
    for domain_links in job_links:
        yield from domain_links(job, request.user)
    yield from _made_and_gone(job)
    if not request.user.has_perm("tasks_app.view_job"):
        return
    for relative in _chain(job):
        if relative.pk == job.parent_id:
            yield _job_link(relative, _("Follows"), "arrow_upward")
        elif relative.parent_id == job.pk:
            yield _job_link(relative, _("Followed by"), "arrow_downward")
        else:
            yield _job_link(relative, _("Of the same chain"), "link")
    yield from _schedule(request, job)
    if request.user.has_perm("django_celery_results.view_taskresult"):
        yield from _task_result(job)


def _chain(job: Job) -> Iterable[Job]:
    if not may_have(job, CHAIN):
        return []
    others = Job.objects.filter(root_id=job.root_id or job.pk).exclude(pk=job.pk)
    return listed(others.order_by("created_at"))[:FOLLOW_UPS]


def _job_link(job: Job, relation: str, icon: str) -> Link:
    title = f"{label_of(job.name)} {subject_of(job)}".strip()
    note = f"{relation} · {State(job.state).label}"
    return Link(title, reverse("admin:tasks_app_job_change", args=[job.pk]), icon, note)


def _made_and_gone(job: Job) -> Iterable[Link]:
    """What it made, as its kind declares, and somebody or the retention has removed since."""
    kind = kind_of(job.name)
    for model in kind.makes if kind and job.state == State.SUCCEEDED else ():
        if not model._default_manager.filter(job_id=job.pk).exists():
            yield Link(gone(capfirst(model._meta.verbose_name)).text, "", "delete")


def _schedule(request: HttpRequest, job: Job) -> Iterable[Link]:
    """The schedule whose time it was, or that a person ran now."""
    key, name = slot_of(job)
    if name is None:
        key = name = job.message.get("headers", {}).get(SCHEDULE)
    if name is None:
        return
    schedule = row_of(PeriodicTask, key) if key is not None else None
    found = gone(name) if schedule is None else thing(request, schedule)
    yield Link(found.text, found.url, "schedule", _("Schedule"))


def _task_result(job: Job) -> Iterable[Link]:
    if pk := result_of(job)[0]:
        url = reverse("admin:django_celery_results_taskresult_change", args=[pk])
        yield Link(_("Result"), url, "inventory", _("django-celery-results"))
