"""Between the form and saving: what a change does, who was there first, whom a shared timing touches."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.models import Made, ScheduleRule, ScheduleVersion, Tally
from tests.clock.making import crontab, schedule
from tests.clock.test_pages import filled

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def url(row, name="change"):
    return reverse(f"admin:django_celery_beat_periodictask_{name}", args=[row.pk])


@pytest.fixture
def row():
    return schedule(changed=timezone.now(), crontab=crontab("0 8 * * *"))


def as_opened(client, row):
    """What the form says besides its fields."""
    return {"version": client.get(url(row)).context["token"]}


def test_a_change_is_shown_before_it_is_saved(admin_client, row):
    shown = as_opened(admin_client, row) | {"look": "1"}
    page = admin_client.post(url(row), filled(name="Nightly", time="09:00") | shown)
    row.refresh_from_db()
    assert row.crontab.hour == "8"  # nothing is saved
    assert [(one.before, one.after) for one in page.context["changes"]] == [
        ("Every day at 08:00", "Every day at 09:00")
    ]
    assert page.context["difference"].comparison.coming.moved == pytest.approx(365, abs=1)
    answer = dict(page.context["hidden"]) | {"why": "The bank opens at nine"}
    assert "look" not in answer
    admin_client.post(url(row), answer)
    row.refresh_from_db()
    version = ScheduleVersion.objects.filter(schedule=row.pk).latest("number")
    assert (row.crontab.hour, version.made, version.why) == ("9", Made.EDITED, "The bank opens at nine")
    assert version.by.username == "admin"


def test_a_change_that_moves_no_run_is_saved_at_once(admin_client, row):
    shown = as_opened(admin_client, row) | {"look": "1"}
    answer = admin_client.post(url(row), filled(name="Renamed", time="08:00") | shown)
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.name == "Renamed"


def test_the_second_of_two_is_told_and_overwrites_nothing(admin_client, client, row):
    opened = as_opened(admin_client, row)
    other = get_user_model().objects.create_superuser("other")
    client.force_login(other)
    client.post(url(row), filled(name="Nightly", time="10:00") | as_opened(client, row))
    page = admin_client.post(url(row), filled(name="Mine", time="09:00") | opened | {"look": "1"})
    row.refresh_from_db()
    assert (row.name, row.crontab.hour) == ("Nightly", "10")
    conflict = page.context["conflict"]
    assert conflict["by"] == other
    rows = {one["label"]: (one["theirs"], one["yours"]) for one in conflict["rows"]}
    assert rows["Rhythm"] == ("Every day at 10:00", "Every day at 09:00")
    assert rows["Name"] == ("as it was", "Mine")
    assert page.context["schedule_form"]["name"].value() == "Mine"  # nothing of theirs is lost
    again = filled(name="Mine", time="09:00") | {"version": page.context["token"]}
    assert admin_client.post(url(row), again).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.crontab.hour) == ("Mine", "9")


def test_a_change_in_a_shell_is_told_too(admin_client, row):
    opened = as_opened(admin_client, row)
    CrontabSchedule.objects.update(hour="11")
    page = admin_client.post(url(row), filled(name="Nightly", time="09:00") | opened)
    assert page.context["conflict"]["by"] is None
    assert CrontabSchedule.objects.get().hour == "11"


def test_who_saves_what_was_deleted_meanwhile_is_told(admin_client, row, monkeypatch):
    opened = as_opened(admin_client, row)
    monkeypatch.setattr(
        "tasks_app.admin.schedules.page.changed_meanwhile",
        lambda *args: bool(PeriodicTask.objects.filter(pk=row.pk)._raw_delete("default")) and False,
    )
    PeriodicTask.objects.filter(pk=row.pk).update(enabled=True)
    answer = admin_client.post(url(row), filled(name="Nightly", time="09:00") | opened, follow=True)
    assert "The schedule was deleted meanwhile" in answer.content.decode()
    assert not PeriodicTask.objects.exists()


@pytest.mark.parametrize(
    ("scope", "hours"), [("one", {"Nightly": "9", "Other": "8"}), ("all", {"Nightly": "9", "Other": "9"})]
)
def test_a_shared_timing_is_changed_for_all_or_for_this_one(admin_client, row, scope, hours):
    schedule("Other", changed=timezone.now(), crontab=row.crontab)
    ruled = schedule("Ruled", changed=timezone.now(), crontab=row.crontab)
    ScheduleRule.objects.create(schedule=ruled, on_day_off="skip")
    page = admin_client.post(url(row), filled(name="Nightly", time="09:00") | {"look": "1"})
    assert page.context["shared"] == ["Other"]  # not the one that leaves days out
    admin_client.post(url(row), dict(page.context["hidden"]) | {"scope": scope})
    found = {one.name: one.crontab.hour for one in PeriodicTask.objects.select_related("crontab")}
    assert found == hours | {"Ruled": "8"}


def test_what_the_queue_has_to_do_at_its_times_is_told_with_past_durations(admin_client, row):
    schedule("Beside it", changed=timezone.now(), crontab=crontab("10 9 * * *"))
    schedule("In the evening", changed=timezone.now(), crontab=crontab("0 21 * * *"))
    Tally.objects.create(kind=row.task, outcome="succeeded", count=10, seconds=10 * 900)
    tick(timezone.now())
    page = admin_client.post(url(row), filled(name="Nightly", time="09:00") | {"look": "1"})
    load = page.context["difference"].load
    assert [(one.schedule.name, one.times) for one in load.collisions] == [("Beside it", 7)]
    assert load.seconds_each == 900
    minutes = {name: took / timedelta(minutes=1) for name, took in load.a_day.items()}
    assert minutes == {"before": pytest.approx(15, abs=3), "after": 15, "others": 30}


def test_who_may_not_change_schedules_sees_no_review(client, row):
    person = get_user_model().objects.create_user("person", is_staff=True)
    client.force_login(person)
    assert client.post(url(row), filled(time="09:00") | {"look": "1"}).status_code == 403
