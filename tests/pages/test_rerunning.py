"""Running again what was run again already: left out and said, of one and of many; and what is shown."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from tasks_app.launching import rerun
from tasks_app.ledger.reruns import tell_family
from tasks_app.models import Continuation, Job, Slot, SlotState, State
from tests.pages.test_jobs_actions import LAUNCH, LIST, RERUN, VIEW, answers, logged, select, url
from tests.pages.work import a_job, person

pytestmark = pytest.mark.django_db(transaction=True)

SAID = {
    State.WAITING: "run again: waits",
    State.RUNNING: "run again: runs",
    State.SUCCEEDED: "run again: succeeded",
    State.FAILED: "run again: failed again",
    State.CANCELLED: "run again: cancelled",
    State.UNKNOWN: "run again: outcome unknown",
}
CHAIN = {
    "chain": [
        {"task": "tests.engine.jobs.write", "options": {"task_id": "last"}, "kwargs": {}},
        {"task": "tasks_app.tasks.rapport_pdf", "options": {"task_id": "next"}, "kwargs": {}},
    ]
}


def again(job: Job, state: State, **choices: Any) -> Job:
    """Its re-run, as the engine leaves it in that state."""
    new = rerun(job, **choices)
    Job.objects.filter(pk=new.pk).update(state=state, ended_at=timezone.now())
    if state != State.RUNNING:  # a claim tells nobody
        tell_family(new.pk)
    return new


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


@pytest.fixture
def client(broker: Any) -> Client:
    return person(VIEW, LAUNCH, RERUN)


# --- What is shown -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", State)
def test_row_and_page_say_what_became_of_it_with_a_link(client: Client, state: State) -> None:
    job = a_job(State.FAILED)
    new = again(job, state)
    link = re.compile(rf'href="{url(new, "change")}"><span[^>]*>{SAID[state]}<')
    assert link.search(text(client.get(f"{LIST}?state=failed&repaired=any")))
    assert link.search(text(client.get(url(job, "change"))))
    assert f'Re-run of <a class="underline" href="{url(job, "change")}"' in text(
        client.get(url(new, "change"))
    )


def test_a_rerun_that_is_gone_is_said_without_a_link(client: Client) -> None:
    job = a_job(State.FAILED)
    again(job, State.SUCCEEDED).delete()
    for page in (f"{LIST}?repaired=yes", url(job, "change")):
        shown = text(client.get(page))
        assert SAID[State.SUCCEEDED] in shown
        assert f"{job.rerun_id}/change" not in shown


def listed(client: Client, query: str) -> set[str]:
    page = text(client.get(LIST + query))
    return set(re.findall(rf'name="{ACTION_CHECKBOX_NAME}"[^>]*value="([^"]+)"', page)) | set(
        re.findall(rf'value="([^"]+)"[^>]*name="{ACTION_CHECKBOX_NAME}"', page)
    )


def test_the_list_of_failed_jobs_leaves_out_the_repaired_and_a_chip_has_them(client: Client) -> None:
    repaired, failed, cancelled = a_job(State.FAILED), a_job(State.FAILED), a_job(State.CANCELLED)
    again(repaired, State.SUCCEEDED)
    again(failed, State.FAILED)
    twice = Job.objects.get(rerun_of=failed).pk
    assert listed(client, "?state=failed") == {failed.pk, twice}
    assert listed(client, "?repaired=no") == {failed.pk, twice}
    assert listed(client, "?state=failed&repaired=yes") == listed(client, "?repaired=yes") == {repaired.pk}
    assert listed(client, "?state=failed&repaired=any") == {repaired.pk, failed.pk, twice}
    assert listed(client, "?state=failed&state=cancelled") == {failed.pk, twice, cancelled.pk}
    page = text(client.get(f"{LIST}?state=failed&repaired=yes"))
    assert re.search(r'href="\?state=failed&repaired=yes" aria-current="page"', page)


def test_the_list_is_counted_without_what_is_added_to_each_row(client: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        client.get(f"{LIST}?state=failed")
    statements = [one["sql"] for one in asked.captured_queries]
    assert any("rerun_state_now" in sql for sql in statements)
    assert not [sql for sql in statements if "COUNT(" in sql and "rerun_state_now" in sql]


def test_badge_and_dashboard_count_what_needs_somebody(client: Client) -> None:
    repaired, _failed = a_job(State.FAILED), a_job(State.FAILED)
    index = reverse("admin:index")
    assert "2 jobs failed" in text(client.get(index))
    again(repaired, State.SUCCEEDED)
    answer = client.get(index)
    assert "1 job failed" in text(answer)
    need = next(one for one in answer.context["needs"] if "failed" in str(one.title))
    assert repaired.pk not in text(client.get(need.url))


def test_a_slot_whose_job_was_repaired_says_so_in_history_and_list(client: Client, admin_client: Any) -> None:
    every = IntervalSchedule.objects.create(every=1, period="days")
    schedule = PeriodicTask.objects.create(name="Nightly", task="projet.celery.debug_task", interval=every)
    job = a_job(State.FAILED)
    now = timezone.now()
    Slot.objects.create(
        schedule=schedule, schedule_name="Nightly", moment=now, state=SlotState.FAILED, job_id=job.pk,
        decided_at=now,
    )  # fmt: skip
    new = again(job, State.SUCCEEDED)
    for page in (
        reverse("admin:django_celery_beat_periodictask_changelist"),
        reverse("admin:django_celery_beat_periodictask_change", args=[schedule.pk]),
    ):
        shown = text(admin_client.get(page))
        assert SAID[State.SUCCEEDED] in shown
        assert url(new, "change") in shown


# --- One ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING, State.SUCCEEDED, State.UNKNOWN])
def test_one_that_was_run_again_is_repeated_by_a_second_choice_alone(client: Client, state: State) -> None:
    job = a_job(State.FAILED)
    new = again(job, state)
    dialog = text(client.get(url(job, "rerun")))
    assert "It was run again already" in dialog
    assert url(new, "change") in dialog
    assert "Run it again all the same" in dialog
    assert "done again with the same arguments" in dialog  # what is repeated
    answer = {"launch_key": str(uuid4())}
    assert "Tick this where it is to be repeated." in text(client.post(url(job, "rerun"), answer))
    assert job.reruns.count() == 1
    client.post(url(job, "rerun"), answer | {"rerun-all_the_same": "on"})
    assert job.reruns.count() == 2
    assert logged(job)[0].startswith("Run again all the same, as ")


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_one_whose_rerun_did_not_succeed_is_asked_about_as_ever(client: Client, state: State) -> None:
    job = a_job(State.FAILED)
    again(job, state)
    assert "all the same" not in text(client.get(url(job, "rerun")))


def test_of_two_people_who_look_at_the_dialog_the_second_is_told_what_the_first_did(client: Client) -> None:
    job = a_job(State.FAILED)
    other = person(VIEW, LAUNCH, RERUN, name="bea")
    client.get(url(job, "rerun")), other.get(url(job, "rerun"))
    client.post(url(job, "rerun"), {"launch_key": str(uuid4())})
    said = text(other.post(url(job, "rerun"), {"launch_key": str(uuid4())}))
    assert "waits to start" in said
    assert url(job.reruns.get(), "change") in said


def test_a_correction_is_refused_too_until_it_is_meant(client: Client) -> None:
    job = a_job(State.FAILED)
    again(job, State.SUCCEEDED)
    page = url(job, "correct")
    assert "Run it again all the same" in text(client.get(page))
    answer = {"launch_key": str(uuid4()), "do": "launch"}
    assert "Tick this where it is to be repeated." in text(client.post(page, answer))
    assert job.reruns.count() == 1
    assert client.post(page, answer | {"rerun-all_the_same": "on"}).status_code == 302
    assert job.reruns.count() == 2


@pytest.mark.parametrize(("said", "goes_on"), [({"rerun-go_on": "on"}, True), ({}, False)])
def test_what_waits_behind_it_is_named_and_goes_on_where_it_is_said(
    client: Client, said: dict[str, str], goes_on: bool
) -> None:
    job = a_job(State.FAILED, message={**a_job().message, "embed": CHAIN})
    dialog = text(client.get(url(job, "rerun")))
    assert "And go on with the 2 steps behind it" in dialog
    assert "Make a report, tests.engine.jobs.write" in dialog
    assert re.search(r'name="rerun-go_on"[^>]* checked', dialog)
    client.post(url(job, "rerun"), {"launch_key": str(uuid4())} | said)
    new = job.reruns.get()
    assert bool(new.message["embed"].get("chain")) == goes_on
    assert Continuation.objects.filter(job_id=new.pk).exists() == goes_on
    again_said = text(client.get(url(job, "rerun")))
    assert ("goes on when another re-run succeeds" in again_said) == goes_on


# --- Many --------------------------------------------------------------------------------------


def test_of_many_the_dialog_counts_the_classes_and_the_click_decides_anew(client: Client) -> None:
    plain, late, done, waits = (a_job(State.FAILED, about=f"r{n}@example.org") for n in range(4))
    again(done, State.SUCCEEDED)
    again(waits, State.WAITING)
    page = text(select(client, "run_selected_again", [plain, late, done, waits], index="0"))
    assert "Run 2 jobs again?" in page
    assert f"{done.about}: already repaired by a re-run" in page
    assert f"{waits.about}: its re-run waits" in page
    assert "Run the 2 that were run again already all the same" in page
    answer = answers(page)
    again(late, State.RUNNING)  # somebody else was quicker
    said = text(client.post(LIST, answer, follow=True))
    assert "1 job runs again." in said
    assert "its re-run is running: 1" in said
    assert "already repaired by a re-run: 1" in said
    assert [job.reruns.count() for job in (plain, late, done, waits)] == [1, 1, 1, 1]


def test_of_many_those_run_again_already_are_repeated_where_it_is_said(client: Client) -> None:
    plain, done = a_job(State.FAILED), a_job(State.FAILED)
    again(done, State.SUCCEEDED)
    page = text(select(client, "run_selected_again", [plain, done], index="0"))
    for _time in range(2):
        said = text(client.post(LIST, answers(page) | {"all_the_same": "on"}, follow=True))
        assert "2 jobs run again." in said
    assert [job.reruns.count() for job in (plain, done)] == [1, 2]


def test_a_job_and_its_own_rerun_in_one_selection_run_once(client: Client) -> None:
    first = a_job(State.FAILED)
    second = again(first, State.FAILED)
    page = text(select(client, "run_selected_again", [first, second], index="0"))
    assert "Run 1 job again?" in page
    assert "it is run again once, by another of this selection" in page
    said = text(client.post(LIST, answers(page), follow=True))
    assert "1 job runs again." in said
    assert Job.objects.filter(family=first.pk).count() == 2


def test_all_that_match_are_counted_by_class_too(client: Client) -> None:
    jobs = [a_job(State.FAILED, about=f"r{n}@example.org") for n in range(25)]
    for job in jobs[:21]:
        again(job, State.SUCCEEDED)
    data = {"index": "0", "select_across": "1"}
    query = f"{LIST}?state=failed&repaired=any"
    answer = client.post(query, data | {"action": "run_selected_again", ACTION_CHECKBOX_NAME: [jobs[0].pk]})
    page = text(answer)
    assert "Run 4 jobs again?" in page
    assert "already repaired by a re-run: 21" in page
    said = text(client.post(query, answers(page), follow=True))
    assert "4 jobs run again." in said
    assert Job.objects.exclude(rerun_of=None).count() == 25


def test_many_go_on_with_what_waits_where_it_is_said(client: Client) -> None:
    stopped = a_job(State.FAILED, message={**a_job().message, "embed": CHAIN})
    plain = a_job(State.FAILED)
    page = text(select(client, "run_selected_again", [stopped, plain], index="0"))
    assert "And go on with what waits behind 1 of them" in page
    client.post(LIST, answers(page) | {"go_on": "on"}, follow=True)
    assert stopped.reruns.get().message["embed"]["chain"]
    assert not plain.reruns.get().message["embed"].get("chain")


# --- From a shell --------------------------------------------------------------------------------


def test_the_command_runs_a_job_again_and_says_why_it_does_not(broker: Any, capsys: Any) -> None:
    job = a_job(State.FAILED)
    call_command("launch", rerun=job.pk)
    assert f"{job.reruns.get().pk} queued" in capsys.readouterr().out
    with pytest.raises(CommandError, match="run it again all the same"):
        call_command("launch", rerun=job.pk)
    call_command("launch", rerun=job.pk, all_the_same=True)
    assert job.reruns.count() == 2
    with pytest.raises(CommandError, match="no job with the id nobody"):
        call_command("launch", rerun="nobody")
    with pytest.raises(CommandError, match="has not ended"):
        call_command("launch", rerun=job.reruns.first().pk)
