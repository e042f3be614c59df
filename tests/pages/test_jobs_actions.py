"""What people do to jobs: each is asked, each is a POST, each checks who asks and leaves a trace."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from backoffice.models import EmailTemplate, Recipient
from tasks_app.audit.reading import with_items
from tasks_app.models import Job, State
from tests.pages.work import EMAIL, a_job, person, user_of

VIEW, LAUNCH = "tasks_app.view_job", "tasks_app.launch_job"
RERUN, CANCEL, SETTLE = "tasks_app.rerun_job", "tasks_app.cancel_job", "tasks_app.settle_job"
LIST = "/admin/tasks_app/job/"

pytestmark = pytest.mark.django_db(transaction=True)


def url(job: Job, action: str) -> str:
    return f"{LIST}{job.pk}/{action}/"


def offered(client: Client, job: Job) -> set[str]:
    page = client.get(url(job, "change")).content.decode()
    return {a for a in ("rerun", "correct", "cancel", "settle") if f'href="{url(job, a)}"' in page}


def logged(job: Job) -> list[str]:
    entries = with_items(LogEntry.objects.order_by("pk"), Job, job.pk)
    return [entry.get_change_message() for entry in entries]


# --- What is offered, and refused --------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        (State.WAITING, {"cancel"}),
        (State.RUNNING, {"cancel"}),
        (State.SUCCEEDED, {"rerun", "correct"}),
        (State.FAILED, {"rerun", "correct"}),
        (State.CANCELLED, {"rerun", "correct"}),
        (State.UNKNOWN, {"settle"}),
    ],
)
def test_only_what_makes_sense_is_offered(state: State, actions: set[str]) -> None:
    job = a_job(state)
    assert offered(person(VIEW, LAUNCH, RERUN, CANCEL, SETTLE), job) == actions
    assert offered(person(VIEW, name="bea"), job) == set()


def test_a_running_job_is_asked_once_and_a_waiting_one_can_always_be_cancelled() -> None:
    running, waiting = a_job(State.RUNNING), a_job(State.WAITING)
    Job.objects.update(cancel_asked_at=timezone.now())
    client = person(VIEW, CANCEL)
    assert (offered(client, running), offered(client, waiting)) == (set(), {"cancel"})


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("action", "state", "held"),
    [
        ("rerun", State.FAILED, (VIEW, LAUNCH, CANCEL, SETTLE)),
        ("rerun", State.FAILED, (VIEW, RERUN)),  # may run jobs again, but not launch this one
        ("rerun", State.FAILED, (LAUNCH, RERUN)),  # may not see it
        ("correct", State.FAILED, (VIEW, LAUNCH)),
        ("correct", State.FAILED, (VIEW, RERUN)),
        ("cancel", State.WAITING, (VIEW, LAUNCH, RERUN, SETTLE)),
        ("settle", State.UNKNOWN, (VIEW, LAUNCH, RERUN, CANCEL)),
    ],
)
def test_an_action_is_refused_without_its_permission(
    method: str, action: str, state: State, held: tuple[str, ...]
) -> None:
    job = a_job(state)
    data = {"launch_key": str(uuid4()), "outcome": "failed"}
    assert getattr(person(*held), method)(url(job, action), data).status_code == 403
    job.refresh_from_db()
    assert job.state == state
    assert Job.objects.count() == 1
    assert logged(job) == []


@pytest.mark.parametrize(
    ("action", "state"), [("rerun", "failed"), ("cancel", "waiting"), ("settle", "unknown")]
)
def test_looking_at_a_dialog_changes_nothing(action: str, state: str) -> None:
    job = a_job(State(state))
    client = person(VIEW, LAUNCH, RERUN, CANCEL, SETTLE)
    fragment = client.get(url(job, action), headers={"HX-Request": "true"}).content.decode()
    assert 'id="dialog"' in fragment
    assert "<html" not in fragment
    assert "<html" in client.get(url(job, action)).content.decode()  # without JavaScript: a page
    job.refresh_from_db()
    assert (job.state, Job.objects.count()) == (state, 1)


@pytest.mark.parametrize(
    ("action", "state"),
    [("rerun", "running"), ("correct", "waiting"), ("cancel", "failed"), ("settle", "failed")],
)
def test_a_job_that_moved_on_meanwhile_is_left_alone_with_a_sentence(action: str, state: str) -> None:
    job = a_job(State(state))
    client = person(VIEW, LAUNCH, RERUN, CANCEL, SETTLE)
    page = client.post(url(job, action), {"launch_key": str(uuid4())}, follow=True).content.decode()
    assert "bg-orange-100" in page
    job.refresh_from_db()
    assert (job.state, Job.objects.count()) == (state, 1)


# --- Run again ---------------------------------------------------------------------------------


def test_the_dialog_says_what_a_rerun_repeats_and_a_double_click_runs_it_once(broker: Any) -> None:
    job = a_job(State.FAILED)
    client = person(VIEW, LAUNCH, RERUN)
    dialog = client.get(url(job, "rerun")).content.decode()
    assert "done again with the same arguments" in dialog
    key = re.search(r'name="launch_key" value="([^"]+)"', dialog).group(1)
    first, second = (client.post(url(job, "rerun"), {"launch_key": key}) for _ in range(2))
    again = Job.objects.exclude(pk=job.pk).get()
    assert again.rerun_of == job
    assert again.created_by == user_of(client)
    assert first.url == second.url == url(again, "change")
    assert logged(job) == [f"Run again as {again.pk}."]


def test_the_modal_leads_to_the_new_job(broker: Any) -> None:
    job = a_job(State.FAILED)
    response = person(VIEW, LAUNCH, RERUN).post(
        url(job, "rerun"), {"launch_key": str(uuid4())}, headers={"HX-Request": "true"}
    )
    assert response.headers["HX-Redirect"] == url(job.reruns.get(), "change")


def test_corrected_arguments_run_again_under_the_old_job(broker: Any) -> None:
    wrong = Recipient.objects.create(email="wrong@example.org")
    right = Recipient.objects.create(email="right@example.org")
    template = EmailTemplate.objects.create(slug="hello", name="Hello", subject="Hello", text="Hello")
    job = a_job(State.FAILED, name=EMAIL, kwargs={"destinataire_id": wrong.pk, "modele_id": template.pk})
    client = person(VIEW, LAUNCH, RERUN)
    page = client.get(url(job, "correct")).content.decode()
    assert f'<option value="{wrong.pk}" selected' in page
    data = {"launch_key": str(uuid4()), "destinataire_id": "", "modele_id": template.pk}
    assert "id_destinataire_id_error" in client.post(url(job, "correct"), data).content.decode()
    client.post(url(job, "correct"), data | {"destinataire_id": right.pk})
    again = job.reruns.get()
    assert again.kwargs == {"destinataire_id": right.pk, "modele_id": template.pk}
    assert again.about == "right@example.org"


def test_a_correction_that_would_fail_again_is_refused_with_the_reason(broker: Any) -> None:
    recipient = Recipient.objects.create(email="lea@example.org")
    template = EmailTemplate.objects.create(
        slug="sum", name="Sum", subject="Sum", text="{{ nobody | plus: 1 }}"
    )
    job = a_job(State.FAILED, name=EMAIL, kwargs={"destinataire_id": recipient.pk, "modele_id": template.pk})
    data = {"launch_key": str(uuid4()), "destinataire_id": recipient.pk, "modele_id": template.pk}
    page = person(VIEW, LAUNCH, RERUN).post(url(job, "correct"), data).content.decode()
    assert "names a word that has no value: nobody" in page.replace("&#x27;", "")
    assert not job.reruns.exists()


# --- Cancel and settle -------------------------------------------------------------------------


def test_a_waiting_job_is_cancelled() -> None:
    job = a_job(State.WAITING)
    client = person(VIEW, CANCEL)
    client.post(url(job, "cancel"))
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert logged(job) == ["Cancelled."]


def test_a_running_job_is_asked_to_stop_and_says_so() -> None:
    job = a_job(State.RUNNING)
    client = person(VIEW, CANCEL)
    page = client.post(url(job, "cancel"), follow=True).content.decode()
    job.refresh_from_db()
    assert job.state == State.RUNNING
    assert job.cancel_asked_at is not None
    assert "Asked to stop" in page
    assert offered(client, job) == set()
    assert logged(job) == ["Asked to stop."]


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_an_unknown_outcome_is_settled_with_a_note(outcome: str) -> None:
    job = a_job(State.UNKNOWN)
    client = person(VIEW, SETTLE)
    assert "This field is required" in client.post(url(job, "settle"), {"note": "x"}).content.decode()
    client.post(url(job, "settle"), {"outcome": outcome, "note": "The recipient has it."})
    job.refresh_from_db()
    assert job.state == outcome
    assert logged(job) == [f"Settled as {outcome}. The recipient has it."]


# --- A selection -------------------------------------------------------------------------------


def select(client: Client, action: str, jobs: list[Job], **more: str) -> Any:
    return client.post(LIST, {"action": action, ACTION_CHECKBOX_NAME: [job.pk for job in jobs]} | more)


def answers(page: str) -> dict[str, Any]:
    """The hidden fields of the dialog, as the browser sends them back."""
    fields: dict[str, Any] = {}
    form = page[page.index('id="dialog"') :]
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(value)
    return fields


def test_a_selection_runs_again_once_and_each_new_job_is_linked(broker: Any) -> None:
    failed = [a_job(State.FAILED, about=f"r{n}@example.org") for n in range(3)]
    running = a_job(State.RUNNING, about="busy@example.org")
    untouched = a_job(State.FAILED)
    client = person(VIEW, LAUNCH, RERUN)
    page = select(client, "run_selected_again", [*failed, running], index="0").content.decode()
    assert "Run 3 jobs again?" in page
    assert all(job.about in page for job in failed)
    assert "busy@example.org: it has not ended" in page
    assert not Job.objects.exclude(rerun_of=None).exists()
    answer = answers(page)
    for _ in range(2):  # a double click
        said = client.post(LIST, answer, follow=True).content.decode()
    told = said.partition("3 jobs run again. ")[2].partition("</div>")[0]
    new = Job.objects.exclude(rerun_of=None)
    assert set(re.findall(f'href="{LIST}([^/"]+)/change/"', told)) == {job.pk for job in new}
    assert {job.rerun_of for job in Job.objects.exclude(rerun_of=None)} == set(failed)
    assert Job.objects.exclude(rerun_of=None).count() == 3
    assert all(len(logged(job)) == 1 for job in failed)
    assert not untouched.reruns.exists()


def test_a_selection_is_cancelled(broker: Any) -> None:
    waiting, running, done = a_job(State.WAITING), a_job(State.RUNNING), a_job(State.SUCCEEDED)
    client = person(VIEW, CANCEL)
    page = select(client, "cancel_selected", [waiting, running, done], index="0").content.decode()
    assert "Cancel 2 jobs?" in page
    waiting.refresh_from_db()
    assert waiting.state == State.WAITING
    said = client.post(LIST, answers(page), follow=True).content.decode()
    assert "Cancelled: 1. Asked to stop: 1. Ended before: 0." in said
    waiting.refresh_from_db()
    running.refresh_from_db()
    assert waiting.state == State.CANCELLED
    assert running.cancel_asked_at is not None


def test_all_that_match_are_asked_about_before_anything_is_done(broker: Any) -> None:
    ticked, _other = a_job(State.FAILED), a_job(State.FAILED)
    client = person(VIEW, LAUNCH, RERUN)
    data = {"launch_key": str(uuid4()), "select_across": "1"}
    page = select(client, "run_selected_again", [ticked], **data).content.decode()
    assert "Run 2 jobs again?" in page
    assert Job.objects.count() == 2


@pytest.mark.parametrize(
    ("action", "state"), [("run_selected_again", "failed"), ("cancel_selected", "waiting")]
)
def test_a_selection_is_refused_without_the_permission(action: str, state: str) -> None:
    job = a_job(State(state))
    client = person(VIEW)
    select(client, action, [job], launch_key=str(uuid4()), confirmed="yes")
    job.refresh_from_db()
    assert (job.state, Job.objects.count()) == (state, 1)


def test_a_selection_leaves_out_what_one_may_not_launch(broker: Any) -> None:
    job = a_job(State.FAILED, about="lea@example.org")
    client = person(VIEW, RERUN)
    page = select(client, "run_selected_again", [job], index="0").content.decode()
    assert "lea@example.org: you may not launch it" in page
    select(client, "run_selected_again", [job], launch_key=str(uuid4()))
    assert Job.objects.count() == 1
