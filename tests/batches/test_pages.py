"""Batches on their pages: begun from lists and causes, started with a reason, paused, stopped, proved."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.template import Context, Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tasks_app.admin.jobs import rerun_many
from tasks_app.batches import beginning, control
from tasks_app.launching import rerun
from tasks_app.models import Batch, BatchItem, BatchState, ItemClass, Job, Node, State
from tests.batches.making import CAUSE, DEBUG, OTHER, end, failures, launched, ready, somebody, started, work

# Nothing of a page is decided by the database: what is, is asked in the other files.
pytestmark = [pytest.mark.django_db, pytest.mark.once]
NEW = "admin:tasks_app_batch_new"
LIST = "/admin/tasks_app/job/"


@pytest.fixture
def by(db: None) -> User:
    return somebody()


@pytest.fixture
def client(by: User) -> Client:
    client = Client()
    client.force_login(by)
    return client


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def page(batch: Batch, name: str = "change") -> str:
    return reverse(f"admin:tasks_app_batch_{name}", args=[batch.pk])


def logged(batch: Batch) -> list[str]:
    entries = LogEntry.objects.filter(object_id=str(batch.pk)).order_by("pk")
    return [entry.get_change_message() for entry in entries]


# --- Beginning one -----------------------------------------------------------------------------------


def test_all_failures_of_one_cause_of_one_kind_are_a_batch(client: Client) -> None:
    mine = failures(3)
    failures(2, cause=OTHER)
    repaired, *_rest = failures(1)
    end(rerun(repaired), State.SUCCEEDED)
    address = reverse(NEW, query={"kind": DEBUG, "cause": CAUSE})
    dialog = text(client.get(address))
    assert "A batch of 3 jobs?" in dialog
    assert "took longer than its time limit" in dialog
    assert not Batch.objects.exists()
    led = client.post(address, {"launch_key": str(uuid4()), "reason": "The limit was raised."})
    batch = Batch.objects.get()
    assert led["Location"] == page(batch)
    assert set(batch.items.values_list("job_id", flat=True)) == {job.pk for job in mine}
    assert (batch.kind, batch.cause, batch.reason) == (DEBUG, CAUSE, "The limit was raised.")
    assert logged(batch)[0].startswith("Began a batch of 3 jobs")


def test_all_that_match_a_list_and_more_than_a_screenful_lead_to_a_batch(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rerun_many, "SCREENFUL", 2)
    jobs, other = failures(3), failures(1, state=State.CANCELLED)
    asked = {
        "action": "run_selected_again",
        "select_across": "1",
        "index": "0",
        ACTION_CHECKBOX_NAME: [jobs[0].pk],
    }
    led = client.post(f"{LIST}?state=failed", asked)
    assert led["Location"] == reverse(NEW, query={"state": "failed"})
    dialog = text(client.get(led["Location"]))
    assert "A batch of 3 jobs?" in dialog
    assert "State: Failed" in dialog
    client.post(led["Location"], {"launch_key": str(uuid4())})
    assert set(BatchItem.objects.values_list("job_id", flat=True)) == {job.pk for job in jobs}
    assert other[0].pk not in set(BatchItem.objects.values_list("job_id", flat=True))


def test_ticked_ones_are_a_batch_of_these(client: Client) -> None:
    first, second, _third = failures(3)
    client.post(reverse(NEW, query={"ids": [first.pk, second.pk, "nobody"]}), {"launch_key": str(uuid4())})
    assert set(BatchItem.objects.values_list("job_id", flat=True)) == {first.pk, second.pk}


def test_a_search_is_a_batch_too(client: Client) -> None:
    first, _second = failures(2)
    client.post(reverse(NEW, query={"q": first.pk}), {"launch_key": str(uuid4())})
    assert list(BatchItem.objects.values_list("job_id", flat=True)) == [first.pk]


@pytest.mark.parametrize(
    "query", [{"stat": "failed"}, {"state": "fail"}, {"kwargs__x": "1"}, {"ended_at_from": "?"}]
)
def test_a_filter_that_means_nothing_is_never_taken_for_all_jobs(
    client: Client, query: dict[str, str]
) -> None:
    failures(2)
    for answer in (
        client.get(reverse(NEW, query=query), follow=True),
        client.post(reverse(NEW, query=query), {"launch_key": str(uuid4())}, follow=True),
    ):
        assert "Nothing was done" in text(answer)
    assert not Batch.objects.exists()


def test_a_filter_that_matches_everything_says_so_and_none_too_many(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures(3)
    assert "All jobs. Nothing is launched yet" in text(client.get(reverse(NEW)))
    monkeypatch.setattr(beginning, "MOST", 2)
    said = text(client.post(reverse(NEW), {"launch_key": str(uuid4())}, follow=True))
    assert "one batch takes" in said
    nothing = client.post(reverse(NEW, query={"ids": "nobody"}), {"launch_key": str(uuid4())}, follow=True)
    assert "No job matches any more" in text(nothing)
    assert not Batch.objects.exists()


def test_a_double_click_begins_one(client: Client) -> None:
    failures(2)
    answer = {"launch_key": str(uuid4())}
    places = {client.post(reverse(NEW), answer)["Location"] for _time in range(2)}
    assert len(places) == 1
    assert Batch.objects.count() == 1


@pytest.mark.parametrize("lacking", ["tasks_app.add_batch", "tasks_app.rerun_job", "tasks_app.view_job"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_each_right_is_asked_of_each_request(by: User, client: Client, lacking: str, method: str) -> None:
    failures(1)
    batch = ready(by)
    by.user_permissions.remove(by.user_permissions.get(codename=lacking.partition(".")[2]))
    for address in (reverse(NEW), *(page(batch, name) for name in ("start", "pause", "go_on", "stop"))):
        assert getattr(client, method)(address).status_code == 403
    batch.refresh_from_db()
    assert batch.state == BatchState.READY


# --- Starting and stopping it --------------------------------------------------------------------------


def test_the_page_shows_classes_that_add_up_and_start_once_they_do(client: Client, by: User) -> None:
    plain, done = failures(2)
    end(rerun(done), State.SUCCEEDED)
    failed = Job.objects.filter(pk__in=[plain.pk, done.pk])
    batch = beginning.begin(beginning.Wish(failed, "These", by, str(uuid4())))
    assert page(batch, "start") not in text(client.get(page(batch)))
    work(batch)
    shown = text(client.get(page(batch)))
    assert page(batch, "start") in shown
    assert [(str(row.label), row.count) for row in client.get(page(batch)).context["classes"]] == [
        ("Would repeat nothing", "1"), ("Done already", "1")
    ]  # fmt: skip
    dialog = text(client.get(page(batch, "start")))
    assert "Run 1 job again?" in dialog
    assert "Done already: 1" in dialog
    assert "Include the 1 that are done already" in dialog


def test_the_dialog_says_what_is_left_out_where_something_is(client: Client, by: User) -> None:
    plain, done = failures(2)
    batch = ready(by, Job.objects.filter(pk=plain.pk))
    assert "left out below" not in text(client.get(page(batch, "start")))
    end(rerun(done), State.SUCCEEDED)
    batch = ready(by, Job.objects.filter(pk=done.pk))
    dialog = text(client.get(page(batch, "start")))
    assert "none runs again, unless you include it below" in dialog
    refused = text(client.post(page(batch, "start"), {"canary": "watch"}))
    assert "Nothing would run again: include some of what is left out, or close." in refused
    batch.refresh_from_db()
    assert batch.state == BatchState.READY


def test_what_is_left_out_is_included_with_a_reason_alone(client: Client, by: User) -> None:
    [done] = failures(1)
    end(rerun(done), State.SUCCEEDED)
    batch = ready(by, Job.objects.filter(pk=done.pk))
    refused = text(client.post(page(batch, "start"), {"canary": "none", "done": "on", "reason": " "}))
    assert "Say why what was left out is included all the same." in refused
    client.post(page(batch, "start"), {"canary": "none", "done": "on", "reason": "The data was wrong."})
    batch = work(batch)
    assert batch.included == [ItemClass.DONE]
    assert len(launched(batch)) == 1
    assert logged(batch)[-1].endswith("(Done already): The data was wrong.")
    assert "The data was wrong." in text(client.get(page(batch)))


def test_paused_resumed_and_stopped_by_dialogs_that_leave_entries(client: Client, by: User) -> None:
    failures(2)
    batch = started(by)
    for name, state in (
        ("pause", BatchState.PAUSED), ("go_on", BatchState.RUNNING), ("stop", BatchState.STOPPING)
    ):  # fmt: skip
        assert page(batch, name) in text(client.get(page(batch)))
        assert client.get(page(batch, name)).status_code == 200
        batch.refresh_from_db()
        assert batch.state != state
        client.post(page(batch, name))
        batch.refresh_from_db()
        assert batch.state == state
    assert logged(batch) == ["Paused the batch.", "Had the batch go on.", "Stopped the batch."]
    said = text(client.post(page(batch, "pause"), follow=True))
    assert "meanwhile the batch is in another state" in said
    assert len(logged(batch)) == 3


@pytest.mark.parametrize("key", ["nobody", "1", "0e8400e2-9b41-4d24-a716-446655440000", "'; --"])
def test_a_batch_that_there_is_not_is_not_found(client: Client, key: str) -> None:
    for name in ("change", "live", "start", "pause", "go_on", "stop"):
        assert client.get(reverse(f"admin:tasks_app_batch_{name}", args=[key])).status_code == 404


def test_the_page_follows_it_and_says_nothing_while_nothing_changes(client: Client, by: User) -> None:
    failures(1)
    batch = started(by)
    [digest] = re.findall(r"seen=(\w+)", text(client.get(page(batch))))
    assert client.get(page(batch, "live"), {"seen": digest}).status_code == 204
    work(batch)
    assert "is still to come" in text(client.get(page(batch, "live"), {"seen": digest}))


def test_where_no_clock_runs_or_its_job_is_gone_the_page_says_so(client: Client, by: User) -> None:
    failures(1)
    batch = started(by)
    assert not Node.objects.exists()
    assert "No clock runs" in text(client.get(page(batch)))
    Job.objects.filter(pk=batch.job_id).delete()
    assert "Have it go on" in text(client.get(page(batch)))
    client.post(page(batch, "go_on"))
    assert not control.needs_job(Batch.objects.get())


# --- What came of it ------------------------------------------------------------------------------------


def test_proof_page_and_lists_lead_to_exactly_those_jobs(client: Client, by: User) -> None:
    first, second = failures(2)
    batch = work(started(by))
    for job in launched(batch):
        again = str(job.rerun_of_id) == first.pk
        end(job, State.FAILED if again else State.SUCCEEDED)
    work(batch)
    shown = client.get(page(batch))
    assert "1 of 2 failed again with it; 1 succeeded." in text(shown)
    again, succeeded = shown.context["proof"].parts
    assert first.pk in text(client.get(again.url))
    assert second.pk not in text(client.get(again.url))
    assert second.pk in text(client.get(succeeded.url))
    for job in (first, Job.objects.get(rerun_of=first)):
        assert page(batch) in text(client.get(f"{LIST}{job.pk}/change/"))


def test_the_tag_of_a_cause_tells_its_batches(client: Client, by: User) -> None:
    failures(2)
    batch = ready(by)
    tag = Template("{% load batches %}{% proofs_of_cause kind cause %}")
    context = Context({"kind": DEBUG, "cause": CAUSE})
    assert "Ready to start" in tag.render(context)
    control.start(batch, by=by, canary="none")
    batch = work(batch)
    [end(job, State.SUCCEEDED) for job in launched(batch)]
    work(batch)
    assert "0 of 2 failed again with it" in tag.render(context)
    assert not tag.render(Context({"kind": DEBUG, "cause": OTHER})).strip()


@pytest.mark.parametrize("name", ["batch", "batchitem"])
def test_its_lists_ask_as_much_of_fifty_rows_as_of_five(client: Client, by: User, name: str) -> None:
    address = reverse(f"admin:tasks_app_{name}_changelist")

    def statements() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked.captured_queries)

    for _time in range(2):
        failures(2)
        work(started(by, Job.objects.filter(state=State.FAILED, rerun_id=None)))
    few = statements()
    for _time in range(3):
        failures(5)
        work(started(by, Job.objects.filter(state=State.FAILED, rerun_id=None)))
    assert statements() == few <= 15


def test_the_page_leads_to_its_cause_and_the_dialog_back_to_it(client: Client, by: User) -> None:
    failures(2)
    cause = reverse("admin:tasks_app_failuregroup_cause", query={"kind": DEBUG, "cause": CAUSE})
    assert f'href="{cause}"' in text(client.get(page(ready(by))))
    dialog = text(client.get(reverse(NEW, query={"kind": DEBUG, "cause": CAUSE})))
    assert f'href="{cause}"' in dialog
    failures(1, cause=OTHER)
    mixed = ready(by, Job.objects.filter(state=State.FAILED))
    assert "/failuregroup/cause/" not in text(client.get(page(mixed)))


def test_what_is_in_the_texts_is_never_markup(client: Client, by: User) -> None:
    [job] = failures(1)
    Job.objects.update(about="<script>alert(1)</script>")
    batch = ready(by, Job.objects.filter(pk=job.pk), reason="<img src=x onerror=alert(1)>")
    for address in (page(batch), reverse("admin:tasks_app_batchitem_changelist"), reverse(NEW)):
        shown = client.get(address).content.decode()
        assert "<script>alert(1)" not in shown
        assert "<img src=x" not in shown
