"""A schedule runs with its owner's rights, asked at each slot; never with those of whoever edited it last."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.models import Job, ScheduleFollower, ScheduleOwner, Slot
from tasks_app.monitor.health.work import check_owners
from tasks_app.schedules.owners import give_to, give_to_the_system, without_active_owner
from tasks_app.schedules.seeds import seed
from tests.clock.making import every, schedule
from tests.clock.test_pages import ADD, ALL, LIST, filled, sign_in, url

pytestmark = pytest.mark.django_db


def person(name="owner", *permissions):
    found = get_user_model().objects.create_user(name, f"{name}@example.org", is_staff=True)
    for codename in permissions:
        found.user_permissions.add(Permission.objects.get(codename=codename))
    return found


@pytest.fixture
def due():
    now = timezone.now()
    return schedule("Due", changed=now - timedelta(minutes=5), interval=every(5, "minutes"))


def outcome():
    """Jobs made, and state and cause of each slot."""
    return Job.objects.count(), list(Slot.objects.values_list("state", "cause"))


def test_of_somebody_who_may_launch_its_job_it_runs(due):
    give_to(due, person("owner", "launch_job"))
    tick(timezone.now())
    assert outcome()[0] == 1


def test_of_somebody_who_may_not_each_slot_is_skipped_with_the_reason(due):
    give_to(due, person())
    now = timezone.now()
    tick(now)
    tick(now + timedelta(minutes=5))
    assert outcome() == (0, [("skipped", "schedule.owner_may_not")] * 2)
    assert "owner" in Slot.objects.first().reason_text


def test_a_right_that_comes_back_is_enough_from_the_next_slot_on(due):
    owner = person()
    give_to(due, owner)
    now = timezone.now()
    tick(now)
    owner.user_permissions.add(Permission.objects.get(codename="launch_job"))
    tick(now + timedelta(minutes=5))
    assert outcome()[0] == 1


@pytest.mark.parametrize("leaves", ["is deactivated", "is deleted"])
def test_of_somebody_who_left_it_does_not_run_and_is_listed(due, leaves, client):
    owner = person("owner", "launch_job")
    give_to(due, owner)
    if leaves == "is deleted":
        owner.delete()
    else:
        owner.is_active = False
        owner.save()
    tick(timezone.now())
    assert outcome() == (0, [("skipped", "schedule.owner_left")])
    assert list(without_active_owner()) == [due]
    [finding] = check_owners(timezone.now())
    assert "somebody who left" in finding.sentence
    sign_in(client, *ALL)
    page = client.get(LIST, {"trouble": "owner"}).content.decode()
    assert url("change", due) in page


def test_one_of_the_system_needs_nobody_and_one_of_nobody_runs_as_ever_but_is_listed(due):
    other = schedule("System", changed=timezone.now() - timedelta(minutes=5), interval=every(5, "minutes"))
    give_to_the_system(other)
    tick(timezone.now())
    assert outcome()[0] == 2
    assert list(without_active_owner()) == [due]


def test_seeded_schedules_are_the_systems():
    assert seed()
    assert ScheduleOwner.objects.filter(is_system=True).count() == PeriodicTask.objects.count()


def test_who_adds_a_schedule_owns_and_follows_it_and_who_edits_it_does_not(client):
    adds = sign_in(client, *ALL)
    client.post(f"{ADD}?job=debug_task", filled())
    row = PeriodicTask.objects.get()
    client.force_login(get_user_model().objects.create_superuser("editor"))
    client.post(url("change", row), filled(time="09:00"))
    row.refresh_from_db()
    assert row.crontab.hour == "9"
    assert ScheduleOwner.objects.get().owner == adds
    assert ScheduleFollower.objects.get().user == adds


def test_it_is_handed_over_to_somebody_who_may_launch_its_job(client, due):
    sign_in(client, *ALL)
    able, unable = person("able", "launch_job"), person("unable")
    for given in ("", "nobody@example.org", unable.email):
        answer = client.post(url("hand_over", due), {"owner": given})
        assert answer.status_code == 200
        assert answer.context["dialog"].form.errors["owner"]
    assert not ScheduleOwner.objects.exists()
    client.post(url("hand_over", due), {"owner": able.email.upper()})
    assert ScheduleOwner.objects.get().owner == able
    assert ScheduleFollower.objects.filter(user=able).exists()
    assert "Handed over to able" in LogEntry.objects.latest("pk").get_change_message()


def test_only_a_superuser_gives_it_to_the_system(client, due):
    sign_in(client, *ALL)
    client.post(url("hand_over", due), {"owner": "", "is_system": "on"})
    assert not ScheduleOwner.objects.exists()
    client.force_login(get_user_model().objects.create_superuser("root"))
    client.post(url("hand_over", due), {"owner": "", "is_system": "on"})
    assert ScheduleOwner.objects.get().is_system


def test_following_asks_first_and_is_logged_once(client, due):
    who = sign_in(client, "django_celery_beat.view_periodictask")
    assert client.get(url("follow", due)).status_code == 200
    assert not ScheduleFollower.objects.exists()
    for _ in range(2):
        client.post(url("follow", due), {"begin": "True"})
    assert ScheduleFollower.objects.get().user == who
    assert LogEntry.objects.filter(object_id=due.pk).count() == 1
    client.post(url("follow", due), {"begin": "False"})
    assert not ScheduleFollower.objects.exists()


def test_who_may_only_look_neither_promises_nor_hands_over(client, due):
    sign_in(client, "django_celery_beat.view_periodictask")
    for name in ("promise", "promise_back", "hand_over"):
        assert client.post(url(name, due)).status_code == 403
    assert client.get(reverse("admin:django_celery_beat_periodictask_feeds")).status_code == 200


def test_owners_of_a_batch_are_asked_in_few_statements(django_assert_max_num_queries):
    from tasks_app.models import ScheduleOptions
    from tasks_app.schedules.owners import withhold

    owner, now = person("owner", "launch_job"), timezone.now()
    for number in range(25):
        row = schedule(f"Number {number}", changed=now, interval=every(5, "minutes"))
        give_to(row, owner)
    tick(now, starting=True)
    batch = list(ScheduleOptions.objects.select_related("schedule"))
    with django_assert_max_num_queries(4):
        withhold(batch)
    assert {options.withheld for options in batch} == {None}
