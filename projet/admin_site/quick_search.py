"""Ctrl-K: pages, things to launch, and jobs and messages by the beginning of an address, title or id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from backoffice.models import Message
from projet.admin_site.sidebar import pages
from tasks_app.admin.common import starts_with
from tasks_app.catalogue import label_of, launchables
from tasks_app.models import Job
from tasks_app.subject import listed, subject_of

# Rows of each table that grows; the list pages search further.
ROWS = 5
# Shorter beginnings would match rows that nobody means.
SHORTEST = 3


def find(request: HttpRequest, term: str) -> list[SearchResult]:
    """Unfold's search_callback; `term` comes in lower case, and the request has it as it was typed.

    Every query is an index range of a few rows.
    """
    found = [*_pages(request, term), *_launchables(request.user, term)]
    if len(term) >= SHORTEST:
        typed = request.GET.get("s", term)
        found += [*_jobs(request.user, typed), *_messages(request.user, typed)]
    return found


def _pages(request: HttpRequest, term: str) -> Iterator[SearchResult]:
    for title, icon, link in pages(request):
        if term in title.lower():
            yield SearchResult(title=title, description=_("Page"), link=link, icon=icon)


def _launchables(user: Any, term: str) -> Iterator[SearchResult]:
    for one in launchables(user):
        if term in str(one.label).lower():
            link = reverse("admin:launch_form", args=[one.slug])
            yield SearchResult(str(one.label), _("Launch"), link, icon=one.kind.icon)


def _jobs(user: Any, term: str) -> Iterator[SearchResult]:
    if not user.has_perm("tasks_app.view_job"):
        return
    # Addresses and ids are in lower case, which `starts_with` tries too; titles begin with a capital.
    # Two index ranges, read one after the other: an OR of both would read neither index.
    for column, beginning in (("about", term[:1].upper() + term[1:]), ("id", term)):
        for job in listed(Job.objects.filter(starts_with(column, beginning))).order_by(column)[:ROWS]:
            yield SearchResult(
                title=subject_of(job) or job.pk,
                description=f"{label_of(job.name)} · {job.get_state_display()}",
                link=reverse("admin:tasks_app_job_change", args=[job.pk]),
                icon="list_alt",
            )


def _messages(user: Any, term: str) -> Iterator[SearchResult]:
    if not user.has_perm("backoffice.view_message"):
        return
    for message in Message.objects.filter(starts_with("to", term)).order_by("to", "-created_at")[:ROWS]:
        yield SearchResult(
            title=message.title,
            description=f"{message.to} · {message.get_state_display()}",
            link=reverse("admin:backoffice_message_change", args=[message.pk]),
            icon="mail",
        )
