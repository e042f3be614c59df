"""No list answers a question that it does not declare: what pages mask is not read letter by letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, cast

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Field, JSONField, Model
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from projet.admin_site.guard.lookups import declared
from tasks_app.models import Job, State
from tests.pages.things import make_things
from tests.pages.work import a_job

# Which lookups a page takes is decided before any database is asked.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

# What each list may be asked for, by hand: a filter on another column is thought about once more here.
DECLARED = {
    "admin.logentry": {
        "user__id__exact",
        "user__isnull",
        "action_time_from",
        "action_time_to",
        "action_flag__exact",
        "action_flag__isnull",
        "done",
        "thing",
    },
    "auth.group": set(),
    "auth.user": {
        "groups__id__exact",
        "groups__isnull",
        "is_active__exact",
        "is_active__isnull",
        "is_superuser__exact",
        "is_superuser__isnull",
    },
    "backoffice.emailtemplate": set(),
    "backoffice.mailing": {"state"},
    "backoffice.message": {
        "state",
        "outcome",
        "repaired",
        "template",
        "recipient",
        "created_at_from",
        "created_at_to",
    },
    "backoffice.recipient": {
        "active__exact",
        "active__isnull",
        "for_tests__exact",
        "for_tests__isnull",
        "language__exact",
        "language__isnull",
        "tag",
        "audience",
        "created_at_from",
        "created_at_to",
    },
    "backoffice.binder": {"type", "favourite", "last_day_from", "last_day_to"},
    "backoffice.subscription": {"state"},
    "backoffice.question": {"state"},
    "backoffice.recipientfield": set(),
    "backoffice.reportlook": set(),
    "backoffice.tag": set(),
    "backoffice.audience": {"kind__exact", "kind__isnull"},
    "backoffice.report": {"type", "language", "created_at_from", "created_at_to"},
    "backoffice.signin": {"success__exact", "success__isnull", "at_from", "at_to"},
    "backoffice.signinlock": set(),
    "backoffice.suppression": {"reason__exact", "reason__isnull"},
    "django_celery_beat.clockedschedule": {"used"},
    "django_celery_beat.crontabschedule": {"used"},
    "django_celery_beat.intervalschedule": {"used"},
    "django_celery_beat.periodictask": {"enabled", "kind", "trouble"},
    "django_celery_beat.solarschedule": {"used"},
    "django_celery_results.taskresult": {"status", "kind", "date_done_from", "date_done_to"},
    "tasks_app.alertrule": set(),
    "tasks_app.calendar": set(),
    "tasks_app.quietperiod": set(),
    "tasks_app.failuregroup": {"status", "kind"},
    "tasks_app.batch": {"state"},
    "tasks_app.batchitem": {"batch", "state", "class"},
    "tasks_app.savedsearch": set(),
    "tasks_app.job": {
        "state",
        "repaired",
        "kind",
        "cause",
        "not_cause",
        "ignored",
        "queue",
        "origin",
        "trouble",
        "due",
        "created_at_from",
        "created_at_to",
        "ended_at_from",
        "ended_at_to",
    },
}
KEYS = ("api_key", "api_key__startswith", "0", "a__b__c__icontains", "headers__token__gt")


def pages() -> list[Any]:
    return [pytest.param(page, id=model._meta.label_lower) for model, page in admin.site._registry.items()]


def a_request() -> HttpRequest:
    request = HttpRequest()
    request.user = User(is_superuser=True, is_active=True)
    return request


@cache
def lookups(label: str, levels: int) -> frozenset[str]:
    """Each column of it with each of its lookups and transforms, and each relation's, so many levels deep."""
    return frozenset(_lookups(apps.get_model(label), levels))


def _lookups(model: type[Model], levels: int) -> Iterator[str]:
    yield "pk"
    for field in model._meta.get_fields(include_hidden=True):
        yield field.name
        if isinstance(field, Field):
            yield field.attname
            yield from (f"{field.name}__{name}" for name in field.get_lookups())
        if isinstance(field, JSONField):
            yield from (f"{field.name}__{key}" for key in KEYS)
        related = field.related_model
        if levels and isinstance(related, type):
            yield from (f"{field.name}__{inner}" for inner in lookups(related._meta.label, levels - 1))


def test_every_list_is_in_the_table() -> None:
    assert {model._meta.label_lower for model in admin.site._registry} == DECLARED.keys()


@pytest.mark.parametrize("page", pages())
def test_a_list_takes_what_it_declares_and_no_other_lookup(page: admin.ModelAdmin[Any]) -> None:
    request, label, nobody = a_request(), page.model._meta.label_lower, cast(Any, None)
    assert declared(page, request).keys() == DECLARED[label]
    assert declared(page, nobody).keys() <= DECLARED[label]
    tried = lookups(label, 2) - DECLARED[label]
    assert len(tried) > 50  # a small table has few columns
    assert [one for one in tried if page.lookup_allowed(one, "a", request)] == []
    # For nobody the filters are made anew each time.
    few = sorted(tried)[:: max(1, len(tried) // 100)]
    assert [one for one in few if page.lookup_allowed(one, "a", nobody)] == []
    assert all(page.lookup_allowed(one, "a", request) for one in DECLARED[label])


@pytest.mark.parametrize("page", pages())
def test_the_statement_of_a_list_does_not_change_by_what_it_does_not_declare(
    page: admin.ModelAdmin[Any], signed_in: Callable[[str], Client]
) -> None:
    make_things()
    client, label = signed_in("superuser"), page.model._meta.label_lower
    url = reverse(f"admin:{label.replace('.', '_')}_changelist")
    plain = statement_of(client.get(url))
    tried = [one for one in sorted(lookups(label, 1)) if one not in DECLARED[label]]
    for some in (tried[first : first + 300] for first in range(0, len(tried), 300)):
        assert statement_of(client.get(url, dict.fromkeys(some, "a"))) == plain


def statement_of(answer: Any) -> tuple[str, Any]:
    assert answer.status_code == 200
    statement = re.sub(r"\d{4}-\d\d-\d\d [\d:.]+", "a moment", str(answer.context["cl"].queryset.query))
    return statement, [row.pk for row in answer.context["cl"].result_list]


@pytest.mark.parametrize(
    "question",
    [
        "kwargs__api_key__startswith=s",
        "kwargs__api_key__startswith=x",
        "kwargs__icontains=sk-secret",
        "message__embed__callbacks__0__kwargs__api_key__gt=m",
        "rerun_of__kwargs__api_key__startswith=s",
        "reruns__kwargs__api_key__startswith=x",
        "attempts__traceback__contains=sk-",
        "o=2",
        "o=-1.3",
        "_facets=1",
        "created_by__password__startswith=pbkdf2",
        "created_at__kwargs=1",
    ],
)
def test_the_list_of_jobs_says_nothing_of_a_secret_argument(
    question: str, signed_in: Callable[[str], Client]
) -> None:
    secret = [a_job(State.FAILED, kwargs={"api_key": key}) for key in ("sk-secret", "a", "zz")]
    client = signed_in("Support")
    answer = client.get(f"{reverse('admin:tasks_app_job_changelist')}?{question}")
    assert [job.pk for job in answer.context["cl"].result_list] == [
        job.pk for job in Job.objects.filter(pk__in=[job.pk for job in secret]).order_by("-created_at", "-id")
    ]
    assert "It was left out." in answer.content.decode()


def test_a_list_is_ordered_by_the_columns_that_it_offers_alone() -> None:
    """By none that people do not see: a table of numbers that any column of the model could be."""
    for model, page in admin.site._registry.items():
        request = a_request()
        shown = page.get_list_display(request)
        offered = page.get_sortable_by(request)
        assert set(offered) <= set(shown), model._meta.label


def test_no_list_searches_a_column_that_holds_secrets() -> None:
    secret = {"kwargs", "args", "message", "password", "key", "token", "task_kwargs", "task_args", "headers"}
    for model, page in admin.site._registry.items():
        searched = {name.lstrip("=^@").split("__")[0] for name in page.get_search_fields(a_request())}
        assert not searched & secret, model._meta.label


@pytest.mark.parametrize(
    "field",
    [
        ("auth", "user", "logentry"),
        ("tasks_app", "job", "created_by"),
        ("admin", "logentry", "user"),
        ("backoffice", "message", "recipient"),
        ("django_celery_beat", "periodictask", "crontab"),
    ],
)
def test_rows_are_completed_for_no_field_that_no_page_declares(
    field: tuple[str, str, str], signed_in: Callable[[str], Client]
) -> None:
    asked = dict(zip(("app_label", "model_name", "field_name"), field, strict=True))
    answer = signed_in("superuser").get(reverse("admin:autocomplete"), asked | {"term": "a"})
    assert answer.status_code == 403
