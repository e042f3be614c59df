"""Ctrl-K: pages, things to launch, and rows of the lists, as each list finds and shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask
from unfold.dataclasses import SearchResult

from backoffice.models import EmailTemplate, Message, Recipient, Report
from projet.admin_site.sidebar import pages
from tasks_app.admin.searching import in_texts, with_beginning
from tasks_app.catalogue import label_of, launchables
from tasks_app.db.keyset import order_of
from tasks_app.db.keyset import page as first_page
from tasks_app.display import who
from tasks_app.models import Job
from tasks_app.search.saying import notes_of
from tasks_app.search.things import JOB
from tasks_app.subject import subject_of

# Rows of each list; the list itself has the others.
ROWS = 5
# A single character is in everything.
SHORTEST = 2


class Listed(NamedTuple):
    """A list whose rows are found here."""

    model: type[Model]
    icon: str
    title: Callable[[Any], str]
    description: Callable[[Any], str]


LISTS = (
    Listed(
        Job,
        "list_alt",
        lambda job: subject_of(job) or job.pk,
        lambda job: f"{label_of(job.name)} · {job.get_state_display()}",
    ),
    Listed(
        Message, "mail", lambda one: one.title, lambda one: f"{one.addressee} · {one.get_state_display()}"
    ),
    Listed(Recipient, "person", lambda one: one.name or one.email, lambda one: f"{one.email} {one.company}"),
    Listed(Report, "picture_as_pdf", lambda one: one.title, lambda one: one.format.upper()),
    Listed(EmailTemplate, "article", lambda one: one.name, lambda one: one.subject),
    Listed(PeriodicTask, "schedule", lambda one: one.name, lambda one: str(label_of(one.task))),
    Listed(User, "badge", who, lambda one: one.email),
)


def find(request: HttpRequest, typed: str) -> list[SearchResult]:
    """What this person may see of it."""
    term = typed.lower()
    found = [*_pages(request, term), *_launchables(request.user, term)]
    if len(typed) >= SHORTEST:
        found += [result for listed in LISTS for result in _rows(request, listed, typed)]
        found += _notes(request)
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


def _rows(request: HttpRequest, listed: Listed, typed: str) -> Iterator[SearchResult]:
    page = admin.site.get_model_admin(listed.model)
    if not page.has_view_permission(request):
        return
    rows = _searched(page, request, typed).order_by(*page.get_ordering(request))
    order = order_of(rows)
    for row in rows[:ROWS] if order is None else first_page(rows, order, ROWS):
        link = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        yield SearchResult(listed.title(row), listed.description(row), link, icon=listed.icon)


def _searched(page: Any, request: HttpRequest, typed: str) -> QuerySet[Any]:
    rows = page.get_queryset(request)
    if (
        page.model is Job
    ):  # its list looks through the words of errors too, which is nothing to do at each key
        by_id = with_beginning(Job.objects.all(), "id", typed)
        return in_texts(request, JOB, rows, typed, by_id if by_id is not None else ())
    found: QuerySet[Any] = page.get_search_results(request, rows, typed)[0]
    return found


def _notes(request: HttpRequest) -> Iterator[SearchResult]:
    """What was not looked through, among what was found: the lists say it beside their boxes."""
    for note in notes_of(request):
        yield SearchResult(note, _("Search"), "#", icon="info")
