"""Policies of schedules and runs by hand, walked in Chromium with the real clock."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from playwright.sync_api import Page, expect

from backoffice.models import Recipient
from tasks_app.models import FillIn, FillState, Job, SchedulePause, Slot, SlotHow, SlotState
from tests.browser.office import Office, worker_of
from tests.browser.scheduling import (
    a_letter,
    done_from_now_on,
    mend_the_letter,
    open_schedule,
    spoil_the_letter,
    times,
    two_seconds,
)
from tests.browser.walking import await_mail, choose, confirm, expect_state, mails_to
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

ELODIE = "elodie.exemple@example.org"
PAT = "pat.example@example.org"

type SitDown = Callable[[str], Page]


def test_staff_says_in_words_what_becomes_of_runs_that_meet_and_fail(
    office: Office, sit_down: SitDown
) -> None:
    letter = a_letter("Hasty letter", PAT, interval=two_seconds(), enabled=False)
    page = sit_down("staff")
    open_schedule(page, letter)
    choose(page, "If the last run is still going", "Skip")
    page.get_by_label("Only one at a time of the group").fill("Letters")
    page.get_by_label("Pause it after so many failures in a row").fill("2")
    page.get_by_label("Late when it starts so many minutes").fill("5")
    page.get_by_label("Switched on").check()
    worker = worker_of(office)
    office.freeze(worker)  # until the page has told of a run that still goes on
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save the change").click()
    for sentence in (
        "If the last run is still going, the next one is skipped.",
        "Of the group “Letters” one runs at a time.",
        "After 2 failures in a row it is paused, until somebody resumes it.",
        "It is late where it starts more than 5 minutes after its time.",
    ):
        expect(page.get_by_text(sentence, exact=True)).to_be_visible()
    spoil_the_letter()
    wait_until(times(letter, SlotState.SKIPPED).exists, what="a time that was skipped")
    page.reload()
    expect(
        page.get_by_text(re.compile("was still going, and this schedule skips then")).first
    ).to_be_visible()

    worker.thaw()
    paused = SchedulePause.objects.filter(schedule=letter, failures=2)
    wait_until(paused.exists, what="a pause after two failures")
    mend_the_letter()
    page.reload()
    status = page.get_by_role("status").filter(has_text="Paused by itself: its last 2 runs failed.")
    expect(status).to_be_visible()
    confirm(page, "Resume")
    wait_until(done_from_now_on(letter).exists, what="a letter after it was resumed")


def test_staff_runs_a_schedule_now_then_with_changes_and_fills_in_a_past_hour(
    office: Office, sit_down: SitDown
) -> None:
    hour = an_hour_that_is_not_now()
    every_six = CrontabSchedule.objects.create(minute="*/6", hour=str(hour))
    letter = a_letter("Noon letter", PAT, crontab=every_six)
    page = sit_down("staff")
    open_schedule(page, letter)
    confirm(page, "Run now")
    expect_state(page, "Succeeded")
    await_mail(PAT)

    open_schedule(page, letter)
    expect(page.get_by_text("Run by hand.", exact=True)).to_be_visible()
    page.get_by_role("link", name="Run once with changes").click()
    choose(page, "Recipient", ELODIE)
    page.get_by_role("button", name="Run once").click()
    expect_state(page, "Succeeded")
    await_mail(ELODIE)

    open_schedule(page, letter)
    yesterday = timezone.localdate() - timedelta(days=1)
    page.get_by_role("button", name="Fill in", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("From").fill(f"{yesterday:%Y-%m-%d} {hour}:00")
    dialog.get_by_label("Until").fill(f"{yesterday:%Y-%m-%d} {hour}:59")
    dialog.get_by_label("So many a minute").fill("600")
    dialog.get_by_role("button", name="Show what would run").click()
    expect(dialog.get_by_text("Make 10 jobs of past times?")).to_be_visible()
    expect(
        dialog.get_by_text("Of 10 times: 10 without a job, 0 failed, 0 done, 0 under way.")
    ).to_be_visible()
    assert not FillIn.objects.exists()
    dialog.get_by_role("button", name="Fill in").click()
    expect(page.get_by_text(re.compile("The clock makes these jobs now"))).to_be_visible()
    wait_until(FillIn.objects.filter(state=FillState.FINISHED).exists, what="the fill-in to be finished")
    wait_until(lambda: len(mails_to(PAT)) == 11, what="the letters of a past hour")
    page.reload()
    expect(
        page.get_by_text(re.compile("Finished: 10 of 10 past times, 10 jobs made, 600 a minute"))
    ).to_be_visible()
    expect(page.get_by_text("Filled in.", exact=True).first).to_be_visible()
    the_rhythm_is_untouched(letter)


def an_hour_that_is_not_now() -> int:
    """In the afternoon, when nobody changes clocks."""
    return 15 if timezone.localtime().hour < 12 else 10


def the_rhythm_is_untouched(letter: PeriodicTask) -> None:
    """Its arguments and its own times are as they were; each of the twelve has a slot and one job."""
    slots = Slot.objects.filter(schedule=letter)
    assert sorted(slots.values_list("how", flat=True)) == sorted(
        [SlotHow.HAND, SlotHow.CHANGED, *[SlotHow.FILLED] * 10]
    )
    assert Job.objects.filter(pk__in=slots.values("job_id")).count() == 12
    asked_for = json.loads(PeriodicTask.objects.get(pk=letter.pk).kwargs)["destinataire_id"]
    assert asked_for == Recipient.objects.get(email=PAT).pk
