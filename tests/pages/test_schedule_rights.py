"""A schedule runs on nobody's behalf: who may not launch its job makes, changes and runs none of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from tasks_app import catalogue
from tasks_app.account_tasks import send_password_link
from tasks_app.catalogue import JobKind
from tasks_app.clock.tick import tick
from tasks_app.models import Job, QueueState
from tasks_app.schedules.planning import plan

pytestmark = pytest.mark.django_db
SECRET = "stored-password-of-the-mailbox"
DEBUG = "projet.celery.debug_task"


class ConnectForm(forms.Form):
    host = forms.CharField()
    password = forms.CharField(required=False, widget=forms.PasswordInput)


@pytest.fixture
def connecting(monkeypatch: pytest.MonkeyPatch) -> str:
    """A job with a secret, under the name of one that the workers know."""
    kind = JobKind(name=DEBUG, label="Connect", form=ConnectForm, secret=["password"])
    monkeypatch.setitem(catalogue._kinds, DEBUG, kind)
    return DEBUG


def a_schedule(task: str, **arguments: Any) -> PeriodicTask:
    every, _made = IntervalSchedule.objects.get_or_create(every=1, period="days")
    schedule = PeriodicTask.objects.create(
        name="nightly", task=task, interval=every, kwargs=json.dumps(arguments)
    )
    plan(schedule, timezone.now())
    return schedule


def page(schedule: PeriodicTask, name: str) -> str:
    return reverse(f"admin:django_celery_beat_periodictask_{name}", args=[schedule.pk])


@pytest.fixture
def staff(person: Callable[[str], User]) -> Client:
    """May add, change, delete and run schedules; not what only some may launch."""
    client = Client()
    client.force_login(person("Staff"))
    return client


def form_of(**changes: Any) -> dict[str, Any]:
    own = {"name": "nightly", "kind": "every", "number": 1, "unit": "days", "after_downtime": "once"}
    return {f"schedule-{name}": value for name, value in own.items()} | changes


# --- Without the right to launch its job ---------------------------------------------------------


def test_a_schedule_of_what_one_may_not_launch_is_read_and_nothing_more(
    staff: Client, person: Callable[[str], User]
) -> None:
    boss = person("superuser")
    schedule = a_schedule(send_password_link.name, user_id=boss.pk)
    before = PeriodicTask.objects.values().get()
    assert staff.get(page(schedule, "change")).status_code == 200
    staff.post(page(schedule, "change"), form_of(user_id=boss.pk + 1))
    for name in ("switch", "run", "delete"):
        assert staff.post(page(schedule, name), {"turn_on": "False"}).status_code == 403, name
    listed = reverse("admin:django_celery_beat_periodictask_changelist")
    for action in ("run_selected", "switch_off", "delete_selected"):
        form = {"action": action, "_selected_action": [schedule.pk], "answer": "1", "post": "yes"}
        staff.post(listed, form)
    assert PeriodicTask.objects.values().get() == before
    assert not Job.objects.exists()


def test_no_schedule_is_turned_into_what_one_may_not_launch(
    staff: Client, person: Callable[[str], User]
) -> None:
    schedule = a_schedule(DEBUG)
    boss = person("superuser")
    wanted = f"?job={send_password_link.name}"
    forbidden = form_of(user_id=boss.pk, task=send_password_link.name)
    assert staff.post(page(schedule, "change") + wanted, forbidden).status_code == 403
    add = reverse("admin:django_celery_beat_periodictask_add")
    assert staff.post(add + wanted, forbidden).status_code == 403
    staff.post(page(schedule, "change"), forbidden)
    assert [one.task for one in PeriodicTask.objects.all()] == [DEBUG]


def test_fields_that_the_form_does_not_have_change_nothing(staff: Client) -> None:
    """Where a job waits, under which headers and with which arguments is not for the form to say."""
    schedule = a_schedule(DEBUG)
    smuggled = {"queue": "low", "exchange": "x", "routing_key": "y", "priority": 9, "args": "[1]"}
    smuggled |= {"kwargs": '{"a": 1}', "headers": '{"launched_by": 1}', "task": "x", "expire_seconds": 1}
    answer = staff.post(
        page(schedule, "change"),
        form_of(**smuggled, **{f"schedule-{name}": value for name, value in smuggled.items()}),
    )
    assert answer.status_code == 302, answer.content.decode()
    schedule.refresh_from_db()
    assert (schedule.task, schedule.args, schedule.kwargs, schedule.headers) == (DEBUG, "[]", "{}", "{}")
    for name in ("queue", "exchange", "routing_key", "priority", "expire_seconds"):
        assert getattr(schedule, name) is None, name


def test_who_may_see_queues_and_no_more_pauses_none(staff: Client) -> None:
    for name in ("pause", "resume"):
        assert staff.post(reverse(f"admin:queue_{name}", args=["high"])).status_code == 403
    assert not QueueState.objects.filter(paused=True).exists()


# --- Whose rights it runs with ---------------------------------------------------------------------


def test_a_slots_job_is_nobodys_and_one_run_by_hand_is_of_who_pressed_the_button(
    staff: Client, person: Callable[[str], User]
) -> None:
    schedule = a_schedule(DEBUG)
    schedule.options.next_slot = timezone.now()
    schedule.options.save()
    tick(timezone.now())
    by_the_clock = Job.objects.get()
    assert by_the_clock.created_by is None
    staff.post(page(schedule, "run"), {"launch_key": "k"})
    by_hand = Job.objects.exclude(pk=by_the_clock.pk).get()
    assert by_hand.created_by == person("Staff")


def test_who_lost_the_right_since_can_run_it_no_more(staff: Client, person: Callable[[str], User]) -> None:
    schedule = a_schedule(send_password_link.name, user_id=1)
    user = person("Staff")
    user.user_permissions.add(Permission.objects.get(codename="change_user"))
    staff.force_login(User.objects.get(pk=user.pk))
    assert staff.get(page(schedule, "run")).status_code == 200
    user.user_permissions.clear()
    assert staff.post(page(schedule, "run"), {"launch_key": "k"}).status_code == 403
    assert not Job.objects.exists()


# --- A secret that is stored -------------------------------------------------------------------------


def test_a_secret_stays_where_nothing_else_of_the_call_changes(staff: Client, connecting: str) -> None:
    schedule = a_schedule(connecting, host="mail.example.org", password=SECRET)
    assert SECRET not in staff.get(page(schedule, "change")).content.decode()
    answer = staff.post(page(schedule, "change"), form_of(host="mail.example.org", **{"schedule-number": 2}))
    assert answer.status_code == 302
    schedule.refresh_from_db()
    assert json.loads(schedule.kwargs) == {"host": "mail.example.org", "password": SECRET}


def test_a_secret_is_never_sent_elsewhere_by_who_does_not_know_it(staff: Client, connecting: str) -> None:
    schedule = a_schedule(connecting, host="mail.example.org", password=SECRET)
    answer = staff.post(page(schedule, "change"), form_of(host="evil.example"))
    assert "write this secret once more" in answer.content.decode()
    schedule.refresh_from_db()
    assert json.loads(schedule.kwargs)["host"] == "mail.example.org"
    staff.post(page(schedule, "change"), form_of(host="new.example.org", password="known to who writes it"))
    schedule.refresh_from_db()
    assert json.loads(schedule.kwargs) == {"host": "new.example.org", "password": "known to who writes it"}


def test_a_secret_does_not_go_over_to_another_job_that_calls_its_own_the_same(
    staff: Client, connecting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = JobKind(name="celery.backend_cleanup", label="Other", form=ConnectForm, secret=["password"])
    monkeypatch.setitem(catalogue._kinds, other.name, other)
    schedule = a_schedule(connecting, host="mail.example.org", password=SECRET)
    staff.post(page(schedule, "change") + "?job=backend_cleanup", form_of(host="mail.example.org"))
    schedule.refresh_from_db()
    assert schedule.task == other.name
    assert SECRET not in schedule.kwargs
