"""An earlier version is put back, a deleted schedule too; what ran wrongly meanwhile is made up for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.db import shared_time
from tasks_app.ledger.slot_outcome import slot_ended
from tasks_app.models import (
    Calendar,
    Job,
    Made,
    ScheduleGroup,
    ScheduleOptions,
    SchedulePolicy,
    ScheduleRule,
    ScheduleVersion,
    Slot,
    State,
)
from tasks_app.schedules.job_of_schedule import InvalidSchedule, slot_job_id
from tasks_app.schedules.owners import give_to
from tasks_app.schedules.planning import plan
from tasks_app.schedules.undoing.making_up import make_up
from tasks_app.schedules.undoing.meanwhile import MOST, Outcome, meanwhile
from tasks_app.schedules.undoing.putting_back import CannotBePutBack, put_back
from tasks_app.schedules.versions.recording import Stamp
from tasks_app.schedules.versions.wording import changes
from tests.clock.making import DEBUG_TASK, at, crontab, every, schedule

pytestmark = pytest.mark.django_db

NOW = at("2026-06-01 12:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def person():
    return get_user_model().objects.create_superuser("person")


def version(row, number):
    return ScheduleVersion.objects.get(schedule=row.pk, number=number)


def back(row, number, now, person=None):
    put_back(version(row, number), now, Stamp(Made.BACK, person))
    return ScheduleVersion.objects.filter(schedule=row.pk).latest("number")


def ended(moment, state):
    """The slot's job ends so."""
    job = Job.objects.get(id=Slot.objects.get(moment=moment).job_id)
    Job.objects.filter(pk=job.pk).update(state=state, started_at=moment, ended_at=moment)
    job.refresh_from_db()
    slot_ended(job)
    return job


def set_timing(row, **fields):
    row.crontab = CrontabSchedule.objects.create(timezone="Europe/Paris", **fields)
    row.save()


def test_a_version_is_put_back_whole(person):
    calendar = Calendar.objects.create(name="France", country="FR")
    row = schedule(changed=NOW, crontab=crontab("0 8 * * *"), description="As it was", queue="low")
    ScheduleRule.objects.create(schedule=row, on_day_off="skip", calendar=calendar)
    tick(NOW)
    ScheduleOptions.objects.update(after_downtime="each")
    row.rule.delete()
    PeriodicTask.objects.filter(pk=row.pk).update(
        crontab=None, interval=every(5, "minutes"), description="", queue=None, name="Another"
    )
    PeriodicTask.objects.get(pk=row.pk).save()
    tick(NOW + MINUTE)
    last = back(row, 1, NOW + 2 * MINUTE, person)
    assert last.definition == version(row, 1).definition
    assert (last.number, last.made, last.by) == (3, Made.BACK, person)
    row = PeriodicTask.objects.get()
    assert (row.name, row.description, row.queue, row.interval) == ("Nightly", "As it was", "low", None)
    assert row.rule.calendar == calendar
    assert row.options.after_downtime == "once"
    assert row.options.next_slot == at("2026-06-02 08:00", "Europe/Paris")


def test_a_deleted_schedule_is_put_back_with_its_key_and_its_history(person):
    row = schedule(changed=NOW, interval=every(7, "minutes"))
    stranger = schedule("Stranger", changed=NOW, crontab=crontab("0 0 1 1 *"))
    tick(NOW)
    tick(NOW + 7 * MINUTE)
    other = Slot.objects.create(
        schedule=None,
        schedule_name="Nightly",
        moment=NOW - timedelta(days=99),
        decided_at=NOW - timedelta(days=99),
    )  # of a schedule that had the name long ago
    key, anchor = row.pk, row.options.anchor
    row.delete()
    tick(NOW + 8 * MINUTE)
    assert Slot.objects.filter(schedule=None).count() == 2
    put_back(version(type("", (), {"pk": key}), 2), NOW + 9 * MINUTE, Stamp(Made.BACK, person))
    again = PeriodicTask.objects.get(name="Nightly")
    assert (again.pk, again.options.anchor) == (key, anchor)
    assert again.ownership.owner == person  # with whose rights it runs from here on
    assert Slot.objects.get(schedule=key).moment == NOW + 7 * MINUTE
    other.refresh_from_db()
    assert other.schedule is None
    assert again.options.next_slot == NOW + 14 * MINUTE
    assert stranger.pk != key


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda row: schedule("Nightly", changed=NOW, interval=every(1, "days")),
            "Another schedule is named",
        ),
        (lambda row: Calendar.objects.all().delete(), "There is no calendar “France” here"),
    ],
)
def test_what_cannot_be_put_back_says_why(spoil, said):
    calendar = Calendar.objects.create(name="France", country="FR")
    row = schedule(changed=NOW, crontab=crontab("0 8 * * *"))
    ScheduleRule.objects.create(schedule=row, on_day_off="skip", calendar=calendar)
    tick(NOW)
    row.rule.delete()
    row.delete()
    tick(NOW + MINUTE)
    spoil(row)
    with pytest.raises(CannotBePutBack, match=said):
        put_back(ScheduleVersion.objects.get(number=1), NOW + 2 * MINUTE, Stamp(Made.BACK))
    assert PeriodicTask.objects.filter(name="Nightly").count() <= 1


@pytest.fixture
def wrong():
    """Every ten minutes; from 12:05 to 12:55 every half an hour by mistake, with an argument."""
    row = schedule(changed=NOW, crontab=crontab("*/10 * * * *"))
    tick(NOW)
    row = PeriodicTask.objects.get()
    set_timing(row, minute="15,30")
    PeriodicTask.objects.filter(pk=row.pk).update(headers='{"wrong": 1}')
    tick(NOW + 5 * MINUTE)
    for minute in range(6, 55):
        tick(NOW + minute * MINUTE)
    return row


def test_what_is_missing_after_a_wrong_version_is_listed_and_nothing_else(wrong):
    last = back(wrong, 1, NOW + 55 * MINUTE)
    found = meanwhile(last, NOW + 55 * MINUTE)
    assert [(time.run.due - NOW, time.outcome) for time in found.times] == [
        (10 * MINUTE, Outcome.MISSING),
        (20 * MINUTE, Outcome.MISSING),
        (30 * MINUTE, Outcome.UNDER_WAY),
        (40 * MINUTE, Outcome.MISSING),
        (50 * MINUTE, Outcome.MISSING),
    ]
    assert [slot.moment for slot in found.needless] == [NOW + 15 * MINUTE]
    assert found.wrong == [2]


def test_missing_times_get_their_slots_own_job_and_twice_is_once(wrong, person):
    last = back(wrong, 1, NOW + 55 * MINUTE)
    found = meanwhile(last, NOW + 55 * MINUTE)
    chosen = [time.key for time in found.offered[:2]]
    for _ in range(2):
        make_up(last, chosen, NOW + 56 * MINUTE, person)
    made = Job.objects.filter(created_by=person)
    assert {job.id for job in made} == {slot_job_id(wrong.pk, NOW + minutes * MINUTE) for minutes in (10, 20)}
    slot = Slot.objects.get(moment=NOW + 10 * MINUTE)
    assert (slot.state, slot.version, slot.job_id) == (
        "queued",
        last.number,
        slot_job_id(wrong.pk, slot.moment),
    )
    tick(NOW + 60 * MINUTE)  # the clock goes on as if nothing had been
    assert Slot.objects.filter(moment=NOW + 60 * MINUTE).count() == 1


@pytest.mark.parametrize(
    ("state", "outcome"), [(State.FAILED, Outcome.FAILED), (State.SUCCEEDED, Outcome.OTHERWISE)]
)
def test_what_failed_or_ran_otherwise_gets_a_job_linked_to_the_first(wrong, person, state, outcome):
    first = ended(NOW + 30 * MINUTE, state)
    last = back(wrong, 1, NOW + 55 * MINUTE)
    [time] = [one for one in meanwhile(last, NOW + 55 * MINUTE).times if one.slot]
    assert time.outcome == outcome
    for _ in range(2):
        make_up(last, [time.key], NOW + 56 * MINUTE, person)
    job = Job.objects.get(rerun_of=first)
    assert job.id == slot_job_id(wrong.pk, NOW + 30 * MINUTE, 2)
    assert (job.scheduled_for, job.created_by) == (NOW + 30 * MINUTE, person)
    first.refresh_from_db()
    assert first.rerun_id == job.id  # the slot's page says so, by its job
    [time] = [one for one in meanwhile(last, NOW + 57 * MINUTE).times if one.slot]
    assert time.outcome == Outcome.MADE_UP


def test_what_ran_as_it_should_is_offered_by_nobody():
    row = schedule(changed=NOW, crontab=crontab("*/10 * * * *"))
    tick(NOW)
    set_timing(PeriodicTask.objects.get(), minute="*/30")
    tick(NOW + 5 * MINUTE)
    for minute in range(6, 40):
        tick(NOW + minute * MINUTE)
    ended(NOW + 30 * MINUTE, State.SUCCEEDED)
    found = meanwhile(back(row, 1, NOW + 40 * MINUTE), NOW + 40 * MINUTE)
    outcomes = {time.run.due - NOW: time.outcome for time in found.times}
    assert outcomes == {10 * MINUTE: "missing", 20 * MINUTE: "missing", 30 * MINUTE: "right"}


@pytest.mark.parametrize(
    ("later", "fields", "said"),
    [
        (timedelta(days=200), "0 8 * * *", "is kept for"),
        (timedelta(days=10), "* * * * *", f"More than {MOST} times"),
    ],
)
def test_beyond_what_is_kept_or_countless_nothing_is_offered(later, fields, said):
    row = schedule(changed=NOW, crontab=crontab(fields))
    tick(NOW)
    set_timing(PeriodicTask.objects.get(), minute="30", hour="3", day_of_month="29", month_of_year="2")
    tick(NOW + 5 * MINUTE)
    found = meanwhile(back(row, 1, NOW + later), NOW + later)
    assert said in str(found.refused)
    assert not found.offered


# --- Pages ---------------------------------------------------------------------------------------


def address(name, *args):
    return reverse(f"admin:django_celery_beat_periodictask_{name}", args=args)


def test_the_history_says_who_changed_what_and_one_click_puts_it_back(admin_client):
    row = schedule(changed=shared_time.now(), crontab=crontab("0 8 * * *"))
    tick(shared_time.now())
    set_timing(PeriodicTask.objects.get(), minute="0", hour="9")
    tick(shared_time.now())
    page = admin_client.get(address("versions", row.pk))
    newest, oldest = page.context["entries"]
    assert [(one.label, one.before, one.after) for one in newest["changes"]] == [
        ("Rhythm", "Every day at 08:00", "Every day at 09:00")
    ]
    assert (newest["may_put_back"], oldest["may_put_back"]) == (False, True)
    asked = admin_client.get(address("put_back", row.pk, 1))
    assert asked.context["difference"].comparison.coming.moved > 300
    assert PeriodicTask.objects.get().crontab.hour == "9"
    admin_client.post(address("put_back", row.pk, 1), {"why": "Too late"})
    assert PeriodicTask.objects.get().crontab.hour == "8"
    said = LogEntry.objects.latest("pk").get_change_message()
    assert "Put back version 1: Too late." in said


def test_deleted_on_its_page_listed_and_put_back(admin_client):
    row = schedule(changed=shared_time.now(), crontab=crontab("0 8 * * *"))
    admin_client.post(address("delete", row.pk))
    assert not PeriodicTask.objects.exists()
    [listed] = admin_client.get(address("deleted")).context["rows"]
    assert (listed["name"], listed["by"]) == ("Nightly", "admin")
    assert admin_client.get(listed["url"]).status_code == 200
    admin_client.post(address("put_back", row.pk, 1))
    assert PeriodicTask.objects.get().pk == row.pk
    assert admin_client.get(address("deleted")).context["rows"] == []


def test_times_are_made_up_for_on_a_page(admin_client, wrong):
    last = back(wrong, 1, NOW + 55 * MINUTE)
    shared = address("meanwhile", wrong.pk, last.number)
    # The page asks with the time that is, long after: within what is kept or not, it answers.
    assert admin_client.get(shared).status_code == 200
    assert admin_client.post(shared).status_code == 302


@pytest.mark.parametrize(
    ("rights", "name", "args"),
    [
        (["view_periodictask"], "put_back", (1,)),
        (["change_periodictask"], "versions", ()),
        ([], "deleted", None),
        (["view_periodictask", "change_periodictask"], "import", None),
        ([], "export", None),
    ],
)
def test_each_page_asks_for_its_right(client, rights, name, args):
    from django.contrib.auth.models import Permission

    row = schedule(changed=NOW, crontab=crontab("0 8 * * *"), task=DEBUG_TASK)
    tick(NOW)
    person = get_user_model().objects.create_user("person", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(person)
    path = address(name) if args is None else address(name, row.pk, *args)
    assert client.get(path).status_code == 403
    assert client.post(path).status_code == 403


# --- Its policy ---------------------------------------------------------------------------------


def with_policy(**fields):
    row = schedule(changed=NOW, crontab=crontab("0 8 * * *"))
    SchedulePolicy.objects.create(schedule=row, **fields)
    tick(NOW)
    return row


def test_its_policy_is_of_a_version_said_in_words_and_put_back():
    exports = ScheduleGroup.objects.create(name="Exports")
    row = with_policy(if_running="wait", group=exports, retries=0, late_after=10)
    before = version(row, 1).definition
    SchedulePolicy.objects.filter(schedule=row).delete()
    plan(PeriodicTask.objects.get(pk=row.pk), NOW + MINUTE)
    told = {one.label: (one.before, one.after) for one in changes(before, version(row, 2).definition)}
    assert told["Only one at a time of"] == ("Exports", "–")
    assert told["Late after so many minutes"] == ("10", "–")
    assert told["If the last run is still going"][0] == "Wait for its end; one waits at most"
    put_back(version(row, 1), NOW + 2 * MINUTE, Stamp(Made.BACK))
    policy = SchedulePolicy.objects.get(schedule=row)
    assert (policy.if_running, policy.retries, policy.late_after) == ("wait", 0, 10)
    assert policy.group == exports


def test_a_group_that_is_gone_is_made_anew_as_a_policy_is_put_back():
    row = with_policy(group=ScheduleGroup.objects.create(name="Exports"))
    SchedulePolicy.objects.all().delete()
    ScheduleGroup.objects.all().delete()
    plan(PeriodicTask.objects.get(pk=row.pk), NOW + MINUTE)
    put_back(version(row, 1), NOW + 2 * MINUTE, Stamp(Made.BACK))
    assert SchedulePolicy.objects.get(schedule=row).group.name == "Exports"


def test_of_somebody_who_left_nothing_is_made_up_for():
    row = schedule(changed=NOW, crontab=crontab("*/5 * * * *"))
    tick(NOW)
    give_to(row, get_user_model().objects.create_user("gone", is_active=False))
    with pytest.raises(InvalidSchedule):
        make_up(version(row, 1), ["x"], NOW + MINUTE, None)
