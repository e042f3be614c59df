"""The pages that are looked at. A page of a new wing is one line in PAGES."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_results.models import TaskResult

from backoffice.models import Message, Recipient, Report
from benchmarks.desk_past import EMAIL, person_of_many_messages
from tasks_app.db.keyset import order_of
from tasks_app.models import Batch, BatchItem, FailureGroup, Job, SavedSearch
from tasks_app.places import text_of


@dataclass(frozen=True)
class Page:
    title: str
    address: Callable[[], str]
    beside: str = ""  # the question that the stock admin is asked of the same rows


def of_list(model: type[Model], **given: Any) -> Callable[[], str]:
    return lambda: f"{list_of(model)}?{urlencode(given)}" if given else list_of(model)


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def far_back(model: type[Model], **given: Any) -> Callable[[], str]:
    """The page in the middle of a list: 500,000 rows back where there are a million."""

    def address() -> str:
        page = admin.site._registry[model]
        rows = model._default_manager.order_by(*page.ordering or ())
        order = order_of(rows)
        assert order is not None
        return f"{list_of(model)}?{urlencode({**given, 'after': text_of(rows[rows.count() // 2], order)})}"

    return address


def page_of(row: Callable[[], Any], name: str = "change") -> Callable[[], str]:
    """The page of a thing, or another page of its own."""

    def address() -> str:
        found = row()
        return reverse(f"admin:{found._meta.app_label}_{found._meta.model_name}_{name}", args=[found.pk])

    return address


def named(name: str, **given: str) -> Callable[[], str]:
    return lambda: reverse(f"admin:{name}", query=given or None)


def of_person(**given: str) -> Callable[[], str]:
    return lambda: reverse("admin:person", query={"to": person_of_many_messages().email} | given)


def a_failed_job() -> Job:
    return Job.objects.filter(state="failed").latest("created_at")


def the_most_frequent_cause() -> FailureGroup:
    found: FailureGroup = FailureGroup.objects.order_by("-failed", "pk")[0]
    return found


def yesterday() -> str:
    return f"{timezone.localdate() - timedelta(days=1):%Y-%m-%d}"


PAGES = [
    Page("failure inbox", of_list(FailureGroup)),
    Page("a cause", page_of(the_most_frequent_cause)),
    Page("… whom it touches", page_of(the_most_frequent_cause, "touched")),
    Page("jobs", of_list(Job), beside="list"),
    Page("… far back", far_back(Job), beside="page 5,000"),
    Page("… the last page", of_list(Job, last=1)),
    Page("… from yesterday on", lambda: f"{list_of(Job)}?day={yesterday()}"),
    Page("… failed", of_list(Job, state="failed"), beside="filter"),
    Page("… failed, far back", far_back(Job, state="failed"), beside="filter"),
    Page("… of a kind", of_list(Job, kind=EMAIL)),
    Page("… of a queue", of_list(Job, queue="high")),
    Page("… state:failed last:24h", of_list(Job, q="state:failed last:24h"), beside="search"),
    Page("… -state:succeeded kind:envoi_email", of_list(Job, q="-state:succeeded kind:envoi_email")),
    Page("… a word", of_list(Job, q="camille"), beside="search"),
    Page("… a word of nobody", of_list(Job, q="quetzalcoatl"), beside="search"),
    Page("… user:me", of_list(Job, q="user:me"), beside="search"),
    Page("… >5s", of_list(Job, q=">5s"), beside="search"),
    Page("… an argument", of_list(Job, q="arg.destinataire:7"), beside="search"),
    Page("a job", page_of(a_failed_job)),
    Page("saved searches", of_list(SavedSearch)),
    Page("batches", of_list(Batch)),
    Page("a batch", page_of(Batch.objects.get)),
    Page("… its jobs", lambda: f"{list_of(BatchItem)}?{urlencode({'batch': Batch.objects.get().pk})}"),
    Page("did they get it?", named("person")),
    Page("… a part of a name", named("person", q="camil")),
    Page("… a person of very many messages", of_person()),
    Page("… those that were not sent", of_person(outcome="not_sent")),
    Page("a recipient", page_of(person_of_many_messages)),
    Page("recipients", of_list(Recipient)),
    Page("messages", of_list(Message)),
    Page("… far back", far_back(Message)),
    Page("… bounced", of_list(Message, state="bounced")),
    Page("… of one person", lambda: f"{list_of(Message)}?recipient={person_of_many_messages().pk}"),
    Page("… a word", of_list(Message, q="camille")),
    Page("results", of_list(TaskResult), beside="list"),
    Page("… far back", far_back(TaskResult), beside="page 5,000"),
    Page("… failed", of_list(TaskResult, status="FAILURE"), beside="filter"),
    Page("… a word", of_list(TaskResult, q="camille"), beside="search"),
    Page("a result", page_of(lambda: TaskResult.objects.latest("pk"))),
    Page("schedules", of_list(PeriodicTask)),
    Page("a schedule", page_of(lambda: PeriodicTask.objects.order_by("pk")[0])),
    Page("queues and workers", named("queues")),
    Page("reports", of_list(Report)),
    Page("audit log", of_list(LogEntry)),
    Page("… far back", far_back(LogEntry)),
]
