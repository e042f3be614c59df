"""What is wrong with a schedule begins once and is over once, and its followers are told of both, once."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from tasks_app.models import Job, ScheduleFollower, ScheduleOptions, ScheduleTrouble, Slot, SlotState
from tasks_app.schedules import causes as schedule_causes
from tasks_app.schedules.health.troubles import look
from tasks_app.schedules.planning import plan
from tasks_app.schedules.told import letters
from tasks_app.schedules.told.letters import NothingToTell
from tasks_app.schedules.told.telling import BY_MAIL, tell
from tasks_app.schedules.watching import look_after_schedules
from tests.clock.making import crontab, schedule
from tests.schedules.making import DAY, MINUTE, paris, promise, repaired, slot, troubles

pytestmark = pytest.mark.django_db

NOW = paris("2026-11-03 09:00")


@pytest.fixture
def nightly():
    row = schedule("Nightly", changed=NOW + 365 * DAY, crontab=crontab("0 2 * * *"))
    plan(row, NOW + 365 * DAY)  # no clock is late with it
    return row


def follower(row, name="ada", *, sees=True, email="ada@example.org", active=True):
    person = get_user_model().objects.create_user(name, email, is_staff=True, is_active=active)
    if sees:
        person.user_permissions.add(Permission.objects.get(codename="view_periodictask"))
    ScheduleFollower.objects.create(schedule=row, user=person, since=NOW)
    return person


def mails():
    """Address, and whether it says that it is over."""
    return [
        (job.kwargs["address"], job.kwargs["over"])
        for job in Job.objects.filter(name=BY_MAIL).order_by("created_at")
    ]


@pytest.mark.parametrize(
    ("state", "fields", "cause"),
    [
        (SlotState.FAILED, {}, "trouble.failed"),
        (SlotState.LATE, {}, "trouble.late"),
        (SlotState.MISSED, {}, "trouble.passed_over"),
        (SlotState.SKIPPED, {"cause": schedule_causes.PASSED_OVER.code}, "trouble.passed_over"),
        (SlotState.SKIPPED, {"cause": schedule_causes.OWNER_LEFT.code}, "trouble.passed_over"),
    ],
)
def test_what_the_last_run_came_to_is_a_trouble_until_one_is_done(nightly, state, fields, cause):
    slot(nightly, "2026-11-03 02:00", state, reason="why", **fields)
    look(NOW)
    look(NOW + MINUTE)
    assert troubles(nightly) == [(cause, False)]
    slot(nightly, "2026-11-04 02:00")
    look(NOW + DAY)
    look(NOW + DAY)
    assert troubles(nightly) == [(cause, True)]


@pytest.mark.parametrize("state", [SlotState.DONE, SlotState.SKIPPED, SlotState.QUEUED])
def test_what_was_done_skipped_on_purpose_or_is_under_way_is_no_trouble(nightly, state):
    slot(nightly, "2026-11-03 02:00", state, reason="a day off")
    look(NOW)
    assert troubles(nightly) == []


def test_one_skipped_on_purpose_after_a_failure_does_not_make_it_well(nightly):
    slot(nightly, "2026-11-02 02:00", SlotState.FAILED)
    look(NOW)
    slot(nightly, "2026-11-03 02:00", SlotState.SKIPPED, reason="a day off")
    look(NOW)
    assert troubles(nightly) == [("trouble.failed", False)]


def test_a_failure_that_was_run_again_with_success_is_over(nightly):
    failed = slot(nightly, "2026-11-03 02:00", SlotState.FAILED, ended="2026-11-03 02:10")
    look(NOW)
    repaired(failed, "2026-11-03 09:05")
    look(NOW + 10 * MINUTE)
    assert troubles(nightly) == [("trouble.failed", True)]


def test_one_that_cannot_run_that_no_clock_takes_or_that_waits_is_in_trouble(nightly):
    others = [
        schedule(name, changed=NOW + 365 * DAY, crontab=crontab("0 2 * * *")) for name in ("late", "waits")
    ]
    for row in others:
        plan(row, NOW + 365 * DAY)
    ScheduleOptions.objects.filter(pk=nightly.pk).update(invalid="It has no rhythm.")
    ScheduleOptions.objects.filter(pk=others[0].pk).update(next_slot=NOW - 3 * MINUTE)
    waiting = slot(others[1], "2026-11-03 02:00", SlotState.QUEUED, ended="2026-11-03 02:00")
    Job.objects.filter(pk=waiting.job_id).update(
        state="waiting", started_at=None, published_at=waiting.moment
    )
    look(NOW)
    found = [troubles(row)[0][0] for row in (nightly, *others)]
    assert found == ["trouble.cannot_run", "trouble.not_taken", "trouble.waits"]


def test_a_clock_that_begins_looks_further_back(nightly):
    slot(nightly, "2026-10-20 02:00", SlotState.FAILED)
    look_after_schedules(NOW)
    assert troubles(nightly) == []
    look_after_schedules(NOW, starting=True)
    assert troubles(nightly) == [("trouble.failed", False)]


def test_switched_off_it_is_in_no_trouble_any_more(nightly):
    slot(nightly, "2026-11-03 02:00", SlotState.FAILED)
    look(NOW)
    nightly.enabled = False
    nightly.save()
    look(NOW + MINUTE)
    assert troubles(nightly) == [("trouble.failed", True)]


def test_a_broken_promise_is_a_trouble_until_a_day_is_kept(nightly):
    promise(nightly, "2026-11-03 00:00")
    slot(nightly, "2026-11-03 02:00", ended="2026-11-03 07:30")
    look_after_schedules(NOW)
    assert troubles(nightly) == [("trouble.promise_broken", False)]
    slot(nightly, "2026-11-04 02:00", ended="2026-11-04 02:30")
    look_after_schedules(NOW + DAY)
    assert troubles(nightly) == [("trouble.promise_broken", True)]


def test_followers_get_one_notice_and_one_when_it_is_well_again(nightly):
    follower(nightly)
    slot(nightly, "2026-11-03 02:00", SlotState.FAILED)
    for minutes in range(3):
        look_after_schedules(NOW + minutes * MINUTE)
    assert mails() == [("ada@example.org", False)]
    slot(nightly, "2026-11-03 02:30", SlotState.LATE)  # another trouble of the same time says no more
    look_after_schedules(NOW + 5 * MINUTE)
    assert len(mails()) == 1
    slot(nightly, "2026-11-03 03:00")
    for minutes in (6, 7):
        look_after_schedules(NOW + minutes * MINUTE)
    assert mails() == [("ada@example.org", False), ("ada@example.org", True)]


def test_who_left_who_may_not_see_it_and_who_has_no_address_is_told_nothing(nightly):
    follower(nightly, "left", active=False)
    follower(nightly, "blind", sees=False)
    follower(nightly, "mute", email="")
    slot(nightly, "2026-11-03 02:00", SlotState.FAILED)
    look_after_schedules(NOW)
    assert mails() == []
    assert ScheduleTrouble.objects.filter(begin_told=True).count() == 1


def test_who_follows_later_is_not_told_of_what_began_before(nightly):
    slot(nightly, "2026-11-03 02:00", SlotState.FAILED)
    look_after_schedules(NOW)
    follower(nightly)
    look_after_schedules(NOW + MINUTE)
    assert mails() == []


def test_the_letters_say_what_it_is_where_to_look_and_that_it_is_over(nightly):
    slot(nightly, "2026-11-03 02:00", SlotState.FAILED, reason="The mailbox is full.")
    look(NOW)
    trouble = ScheduleTrouble.objects.get()
    subject, text = letters.letter_for(trouble.pk, over=False)
    assert "Nightly" in subject
    assert "The mailbox is full." in text
    assert f"/periodictask/{nightly.pk}/change/" in text
    slot(nightly, "2026-11-03 03:00")
    look(NOW + MINUTE)
    over, _text = letters.letter_for(trouble.pk, over=True)
    assert over != subject
    nightly.delete()
    with pytest.raises(NothingToTell):
        letters.letter_for(trouble.pk, over=True)


def test_two_that_look_at_once_write_and_tell_one(nightly):
    """The unique index of open troubles decides; told is who claimed the row."""
    follower(nightly)
    slot(nightly, "2026-11-03 02:00", SlotState.FAILED)
    look(NOW)
    again = ScheduleTrouble(schedule=nightly, cause="trouble.failed", began_at=NOW)
    ScheduleTrouble.objects.bulk_create([again], ignore_conflicts=True)
    assert ScheduleTrouble.objects.count() == 1
    assert (tell(NOW), tell(NOW)) == (1, 0)


def test_a_look_asks_as_much_for_many_as_for_one(nightly, django_assert_max_num_queries):
    for number in range(20):
        row = schedule(f"Number {number}", changed=paris("2026-10-01 12:00"), crontab=crontab("0 2 * * *"))
        slot(row, "2026-11-03 02:00", SlotState.FAILED)
    with django_assert_max_num_queries(14):
        look(NOW)
    assert ScheduleTrouble.objects.count() == 20
    assert Slot.objects.count() == 20
