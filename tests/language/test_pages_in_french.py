"""A French browser sees no English: every page, dialog and form with its complaints, rows in every state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from django_celery_beat.models import PeriodicTask
from django_celery_results.models import TaskResult

from backoffice.emails import hold
from backoffice.emails.errors import HoldAll
from backoffice.emails.ses import meaning
from backoffice.models import Binder, Message, MessageState, Report
from tasks_app.catalogue import kinds
from tasks_app.ledger.new_job import Cause, build_job
from tasks_app.models import (
    Job,
    JobAttempt,
    Node,
    QueueState,
    ScheduleOptions,
    ScheduleVersion,
    Slot,
    SlotReason,
    SlotState,
    State,
)
from tests.language.english import english_in, texts_of
from tests.pages.test_roles import address, places
from tests.pages.things import make_things
from tests.pages.work import a_job

# Once: what a page says does not depend on the database it is read from.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

# What people called things, what stands in files, languages by their own names; and a queue is a "File".
NAMES = frozenset(
    {
        "Active", "Company", "Email", "English", "File", "Hello", "Language", "Managers", "Name", "Staff",
        "Support",
    }
)  # fmt: skip
REPORT = "tasks_app.tasks.rapport_pdf"
ANSWERS = (200, 400, 403, 404, 422)


@pytest.fixture
def superuser(db: None) -> User:
    return User.objects.create_superuser("racine", "racine@example.org", "x", first_name="Camille")


@pytest.fixture
def browser(superuser: User) -> Client:
    client = Client(headers={"accept-language": "fr-FR,fr;q=0.9,en;q=0.5"}, raise_request_exception=False)
    client.force_login(superuser)
    return client


@pytest.fixture
def things(superuser: User, data_dir: Any) -> dict[str, Any]:
    """One of each thing that has a page, and rows in every state, named by French people."""
    made = make_things()
    PeriodicTask.objects.filter(name="Every hour").update(name="Toutes les nuits")
    Slot.objects.filter(schedule_name="Every hour").update(schedule_name="Toutes les nuits")
    made["django_celery_beat_periodictask"].refresh_from_db()  # rows made below are called by its name
    for version in ScheduleVersion.objects.all():
        version.definition |= {"name": "Toutes les nuits", "description": ""}
        version.why = "Un exemple"
        version.save()
    for titled in (Report, Binder):
        titled.objects.update(title="Vue d’ensemble – 22 novembre 2026")
    add_jobs(superuser)
    add_messages()
    add_slots(made["django_celery_beat_periodictask"])
    with override("en"):
        add_what_english_wrote(superuser, made["django_celery_beat_periodictask"])
    add_processes()
    return made


def add_jobs(by: User) -> None:
    now = timezone.now()
    for state in State:
        a_job(state, created_by=by, about="sam@example.org")
    for outcome in JobAttempt.Outcome:
        job = a_job(State.FAILED, error="Refusé par le serveur.", error_class="x.Refused")
        JobAttempt.objects.create(job=job, number=1, outcome=outcome, ended_at=now, traceback="x")
    a_job(State.WAITING, available_at=now + timedelta(hours=1), rerun_of=job, created_by=by)
    a_job(State.RUNNING, progress=40, cancel_asked_at=now)
    for status in ("PENDING", "RECEIVED", "STARTED", "SUCCESS", "RETRY", "REVOKED"):
        TaskResult.objects.create(task_id=f"t-{status}", status=status, task_name="projet.celery.debug_task")


def add_messages() -> None:
    for state in MessageState:
        Message.objects.create(to="sam@example.org", sender="us@example.org", subject="Bonjour", state=state)
    Message.objects.create(to="sam@example.org", sender="us@example.org", subject="Clé", security=True)


def add_slots(schedule: PeriodicTask) -> None:
    now = timezone.now()
    for number, state in enumerate(SlotState):
        at = now - timedelta(hours=number)
        Slot.objects.create(
            schedule=schedule, schedule_name=schedule.name, moment=at, state=state, decided_at=at
        )
    ScheduleOptions.objects.update(next_slot=now - timedelta(hours=1))


def add_what_english_wrote(by: User, schedule: PeriodicTask) -> None:
    """By a launcher, a clock and a worker whose language is another than the reader's."""
    for state in (State.RUNNING, State.SUCCEEDED):
        order = build_job(REPORT, kwargs={"type": "activity", "period": "last_30_days"}, cause=Cause(by=by))
        order.state, order.started_at = state, timezone.now()
        order.save(force_insert=True)
        TaskResult.objects.create(task_id=order.pk, status="SUCCESS", task_name=REPORT)
    past = timezone.now() - timedelta(days=1)
    for number, reason in enumerate(SlotReason):
        at = past - timedelta(hours=number)
        Slot.objects.create(
            schedule=schedule, schedule_name=schedule.name, moment=at, decided_at=at,
            state=SlotState.MISSED, reason=f"{reason} 2026-11-22 06:00:00 CET",
        )  # fmt: skip
    refusal = meaning(NoCredentialsError())
    assert isinstance(refusal, HoldAll)
    hold.begin(refusal)


def add_processes() -> None:
    now = timezone.now()
    for kind in Node.Kind:
        for age in (0, 300):
            beat = now - timedelta(seconds=age)
            Node.objects.create(name=f"{kind}-{age}@hôte", kind=kind, started_at=beat, beat_at=beat)
    QueueState.objects.create(name="low", paused=True)


def read(answer: Any, name: str) -> Iterator[str]:
    """The English of one answer, each after the name of its page."""
    if (
        not answer.headers.get("Content-Type", "").startswith("text/html")
        or answer.status_code not in ANSWERS
    ):
        return
    yield from (f"{name}: {text}" for text in english_in(texts_of(answer.content.decode()), NAMES))


@pytest.mark.sweep
def test_no_page_shows_english(browser: Client, things: dict[str, Any]) -> None:
    found: list[str] = []
    for place in places():
        if "logout" not in place.name:
            found += read(browser.get(address(place, things), {"s": "tâches"}), place.key)
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.sweep
def test_no_form_complains_in_english(browser: Client, things: dict[str, Any]) -> None:
    found: list[str] = []
    for place in places():
        if "logout" in place.name:
            continue
        with transaction.atomic():  # whatever an empty form changes is taken back
            answer = browser.post(address(place, things), follow=True)
            found += read(answer, place.key)
            transaction.set_rollback(True)
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.sweep
def test_no_row_of_any_state_shows_english(browser: Client, things: dict[str, Any]) -> None:
    found: list[str] = []
    for model in (Job, Message, PeriodicTask, Report):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        for row in model._default_manager.all():
            found += read(browser.get(reverse(name, args=[row.pk])), f"{model.__name__} {row.pk}")
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.sweep
def test_no_job_is_launched_or_scheduled_in_english(browser: Client) -> None:
    found: list[str] = []
    for one in (one for kind in kinds() for one in kind.launchables() if kind.listed):
        form = reverse("admin:launch_form", args=[one.slug])
        schedule = reverse("admin:django_celery_beat_periodictask_add") + f"?job={one.slug}"
        for url in (form, schedule):
            found += read(browser.get(url), url)
            found += read(browser.post(url, {"do": "preview"}), url)
    assert not found, "\n".join(sorted(set(found)))


def test_no_action_on_a_selection_asks_in_english(
    browser: Client, things: dict[str, Any], superuser: User
) -> None:
    found: list[str] = []
    request = RequestFactory().get("/")
    request.user = superuser
    for model, model_admin in admin.site._registry.items():
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        rows = [str(pk) for pk in model._default_manager.values_list("pk", flat=True)[:20]]
        for action in model_admin.get_actions(request):
            with transaction.atomic():
                answer = browser.post(url, {"action": action, ACTION_CHECKBOX_NAME: rows}, follow=True)
                found += read(answer, f"{url} {action}")
                transaction.set_rollback(True)
    assert not found, "\n".join(sorted(set(found)))


def test_no_search_names_a_job_in_another_language_than_its_reader_s(
    browser: Client, things: dict[str, Any]
) -> None:
    order = Job.objects.filter(name=REPORT)[0]
    answer = browser.get(reverse("admin:search"), {"s": order.pk[:8]})
    assert "jusqu’à hier" in answer.content.decode()
    assert not list(read(answer, "search"))


def test_english_is_found_where_there_is_some(browser: Client, things: dict[str, Any]) -> None:
    answer = browser.get(reverse("admin:launch"), headers={"accept-language": "en"})
    assert list(read(answer, "launch"))
