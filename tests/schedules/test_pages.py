"""The list, a schedule's page and the page of last night, as people read them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.schedules.strip import StripWriter
from tasks_app.display import brief
from tasks_app.models import (
    Job,
    PromiseDay,
    SchedulePromise,
    ScheduleTrouble,
    Slot,
    SlotState,
)
from tasks_app.schedules.health.last_night import night_before, not_run
from tasks_app.schedules.health.strips import SHOWN, strips
from tasks_app.schedules.planning import plan
from tests.clock.making import crontab, every, schedule
from tests.clock.test_pages import ALL, LIST, sign_in, url
from tests.schedules.making import MINUTE, paris, repaired, slot

pytestmark = pytest.mark.django_db

NOW = paris("2026-11-03 09:00")
NIGHT = "admin:django_celery_beat_periodictask_last_night"


def make(name="Nightly", **fields):
    now = timezone.now()
    row = schedule(name, changed=now, **({"interval": every(1, "hours")} | fields))
    plan(row, now)
    return row


def slots(row, count, state=SlotState.DONE):
    now = timezone.now()
    Slot.objects.bulk_create(
        [
            Slot(schedule=row, schedule_name=row.name, moment=now - n * MINUTE, decided_at=now, state=state)
            for n in range(count)
        ]
    )


# --- Strips ------------------------------------------------------------------------------------------


def test_a_strip_is_the_last_slots_whether_there_are_more_or_fewer(django_assert_num_queries):
    many, few, none = make("Many"), make("Few"), make("None")
    slots(many, SHOWN + 5)
    slots(few, 3, SlotState.MISSED)
    with django_assert_num_queries(1):
        found = strips([many.pk, few.pk, none.pk])
    assert [len(found.get(row.pk, [])) for row in (many, few, none)] == [SHOWN, 3, 0]
    newest = Slot.objects.filter(schedule=many).order_by("-moment")[:SHOWN]
    assert [cell.slot for cell in found[many.pk]] == [one.pk for one in newest]
    assert found[many.pk][0].moment == newest[0].moment
    assert strips([]) == {}


def test_a_cell_says_its_reason_and_opens_its_job_or_the_place_of_its_reason(client):
    sign_in(client, *ALL)
    row = make()
    missed = slot(row, "2026-11-02 02:00", SlotState.MISSED, reason="The clock was away.")
    done = slot(row, "2026-11-03 02:00", ended="2026-11-03 02:10")
    page = client.get(LIST).content.decode()
    assert page.count('class="bo-slot ') == 2
    assert "The clock was away." in page
    open_slot = lambda one: client.get(reverse("admin:django_celery_beat_periodictask_slot", args=[one.pk]))  # noqa: E731
    assert open_slot(done).url == reverse("admin:tasks_app_job_change", args=[done.job_id])
    place = open_slot(missed).url
    assert place == f"{url('change', row)}?slot={missed.pk}#slot-{missed.pk}"
    assert f'id="slot-{missed.pk}"' in client.get(place).content.decode()
    Job.objects.all().delete()
    assert f"slot={done.pk}" in open_slot(done).url


def test_who_may_see_no_jobs_is_led_to_the_reason(client):
    sign_in(client, "django_celery_beat.view_periodictask")
    done = slot(make(), "2026-11-03 02:00", ended="2026-11-03 02:10")
    answer = client.get(reverse("admin:django_celery_beat_periodictask_slot", args=[done.pk]))
    assert "slot=" in answer.url


def test_those_in_trouble_stand_first_on_the_list_and_say_why(client):
    sign_in(client, *ALL)
    make("Aardvark")
    sick = make("Zebra")
    ScheduleTrouble.objects.create(
        schedule=sick, cause="trouble.late", params={"moment": "x"}, began_at=timezone.now()
    )
    page = client.get(LIST)
    assert [row.name for row in page.context["cl"].result_list] == ["Zebra", "Aardvark"]
    assert "was late" in page.content.decode()
    only = client.get(LIST, {"trouble": "any"})
    assert [row.name for row in only.context["cl"].result_list] == ["Zebra"]
    ScheduleTrouble.objects.update(ended_at=timezone.now())
    page = client.get(LIST)
    assert [row.name for row in page.context["cl"].result_list] == ["Aardvark", "Zebra"]


def test_the_list_asks_as_much_for_many_as_for_few(client):
    sign_in(client, *ALL)
    asked = []
    for numbers in (range(2), range(2, 30)):
        for number in numbers:
            slots(make(f"Number {number}"), 3)
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        asked.append(len(queries))
    assert asked[0] == asked[1]


# --- A schedule's page ---------------------------------------------------------------------------------


def test_a_page_begins_with_what_came_of_its_times_above_the_form(client):
    sign_in(client, *ALL)
    row = make()
    slot(row, "2026-11-03 02:00", SlotState.FAILED, reason="The mailbox is full.")
    text = client.get(url("change", row)).content.decode()
    assert text.index("bo-strip") < text.index("The mailbox is full.") < text.index('id="schedule"')


def test_one_that_is_off_says_who_switched_it_off(client):
    who = sign_in(client, *ALL)
    row = make()
    client.post(url("switch", row), {"turn_on": "False"})
    assert f"{who.username} switched it off" in client.get(url("change", row)).content.decode()
    other = make("Nobody", enabled=False)
    assert "does not say who" in client.get(url("change", other)).content.decode()
    PeriodicTask.objects.filter(pk=other.pk).update(one_off=True, last_run_at=timezone.now())
    assert "was to run once" in client.get(url("change", other)).content.decode()


def test_several_that_were_switched_off_together_say_who_did_it(client):
    who = sign_in(client, *ALL)
    rows = [make(name) for name in ("One", "Two")]
    chosen = {"_selected_action": [row.pk for row in rows], "action": "switch_off", "answer": "1"}
    client.post(LIST, chosen)
    assert f"{who.username} switched it off" in client.get(url("change", rows[0])).content.decode()


def test_a_promise_is_given_changed_and_taken_back_and_its_month_is_shown(client):
    sign_in(client, *ALL)
    row = make()
    given = {"done_by": "07:00", "days": "working", "zone": "Europe/Paris"}
    assert client.get(url("promise", row)).status_code == 200
    for wrong in ({"done_by": "25:00"}, {"zone": "Mars"}, {"days": "never"}):
        assert client.post(url("promise", row), given | wrong).status_code == 200
    assert not SchedulePromise.objects.exists()
    client.post(url("promise", row), given)
    since = SchedulePromise.objects.get().since
    client.post(url("promise", row), given | {"done_by": "08:30"})
    changed = SchedulePromise.objects.get()
    assert (f"{changed.done_by:%H:%M}", changed.next_deadline) == ("08:30", None)
    assert changed.since > since
    today = timezone.localdate()
    PromiseDay.objects.create(
        schedule=row, schedule_name=row.name, day=today, deadline=timezone.now(), kept=False,
        reason="Its run failed.", decided_at=timezone.now(),
    )  # fmt: skip
    text = client.get(url("change", row)).content.decode()
    assert "bo-day-broken" in text
    assert "Its run failed." in text
    for month in ("2026-02", "2026-13", "x", "0001-01", "9999-12"):
        assert client.get(url("change", row), {"month": month}).status_code == 200
    client.post(url("promise_back", row))
    assert not SchedulePromise.objects.exists()
    assert PromiseDay.objects.exists()
    said = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert said[0] == "Promised: done by 07:00 on working days."
    assert len(said) == 3


# --- Last night ----------------------------------------------------------------------------------------


def test_last_night_says_of_each_schedule_what_did_not_run_and_why():
    begin, end = night_before(NOW.date())
    rows = {
        name: schedule(name, changed=NOW, crontab=crontab("0 2 * * *"))
        for name in ("failed", "repaired", "missed", "done", "late", "by day", "going on", "not taken")
    }
    for row in rows.values():
        plan(row, NOW)
    slot(rows["failed"], "2026-11-03 02:00", SlotState.FAILED, reason="The mailbox is full.")
    slot(rows["failed"], "2026-11-03 03:00", SlotState.FAILED, reason="The mailbox is full.")
    again = slot(rows["repaired"], "2026-11-03 02:00", SlotState.FAILED, ended="2026-11-03 02:10")
    repaired(again, "2026-11-03 08:00")
    slot(rows["missed"], "2026-11-02 23:00", SlotState.MISSED, decided_at=paris("2026-11-03 08:00"))
    slot(rows["done"], "2026-11-03 02:00")
    slot(rows["late"], "2026-11-03 02:00", SlotState.LATE)
    slot(rows["by day"], "2026-11-02 12:00", SlotState.FAILED)
    slot(rows["going on"], "2026-11-03 02:00", SlotState.QUEUED, ended="2026-11-03 02:00")
    rows["not taken"].options.__class__.objects.filter(pk=rows["not taken"].pk).update(
        next_slot=paris("2026-11-03 02:00")
    )
    found = {one.name: (one.state, one.count) for one in not_run(begin, end, NOW).found}
    assert found == {
        "failed": ("failed", 2),
        "missed": ("missed", 1),
        "going on": ("queued", 1),
        "not taken": ("missed", 1),
    }


def test_last_night_names_what_would_have_run_and_is_off_or_cannot_run():
    begin, end = night_before(NOW.date())
    off = schedule("Off", changed=NOW, crontab=crontab("0 2 * * *"), enabled=False)
    by_day = schedule("By day", changed=NOW, crontab=crontab("0 12 * * *"), enabled=False)
    broken = schedule("Broken", changed=NOW, crontab=crontab("0 2 * * *"), task="no.such.job")
    for row in (off, by_day, broken):
        plan(row, NOW)
    found = {one.name: str(one.why) for one in not_run(begin, end, NOW).found}
    assert found.keys() == {"Off", "Broken"}
    assert "switched off" in found["Off"]
    assert "no.such.job" in found["Broken"]


def test_the_page_of_last_night_is_there_whatever_night_is_asked_for(client):
    sign_in(client, *ALL)
    now = timezone.now()
    row = make()
    Slot.objects.create(
        schedule=row,
        schedule_name=row.name,
        moment=night_before(timezone.localdate())[0] + timedelta(hours=1),
        decided_at=now,
        state=SlotState.FAILED,
        reason="The mailbox is full.",
    )
    for day in ("", "2026-02-30", "tomorrow", "0001-01-01", "9999-12-31", "2026-03-29"):
        assert client.get(reverse(NIGHT), {"day": day}).status_code == 200
    if now > night_before(timezone.localdate())[0] + timedelta(hours=2):
        text = client.get(reverse(NIGHT)).content.decode()
        assert "The mailbox is full." in text
        assert url("change", row) in text


@pytest.mark.parametrize(
    "moment",
    ["2026-11-03 02:00", "2026-11-03 02:59", "2026-10-25 02:31", "2026-03-29 03:14", "2020-01-01 00:00"],
)
@pytest.mark.parametrize("zone", ["Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_the_moment_of_a_cell_is_what_lists_say_of_it(moment, zone):
    writer = StripWriter()
    with timezone.override(zone):
        for minutes in (0, 1, 14, 15, 44):
            at = paris(moment) + minutes * MINUTE
            assert writer._when(at) == brief(at)
