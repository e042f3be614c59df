"""Settling unknown jobs: one, a selection or all that match, with what is known of each beside its name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from backoffice.models import EventKind, Message, MessageEvent, MessageState
from tasks_app.models import AuditItem, Job, State
from tests.guard.test_selections import ALL, JOBS, read
from tests.pages.work import EMAIL, a_job, person

pytestmark = pytest.mark.django_db

VIEW, SETTLE = "tasks_app.view_job", "tasks_app.settle_job"


def an_email(address: str, *events: EventKind, state: MessageState = MessageState.UNKNOWN) -> Job:
    job = a_job(State.UNKNOWN, name=EMAIL, about=address)
    message = Message.objects.create(
        job_id=job.pk, to=address, sender="us@example.org", subject="Hello", text="Hello.", state=state
    )
    for number, kind in enumerate(events):
        at = timezone.now() - timedelta(minutes=10 - number)
        MessageEvent.objects.create(message=message, kind=kind, at=at)
    return job


def asked(client: Client, *jobs: Job, across: bool = False) -> tuple[str, dict[str, list[str]]]:
    data: dict[str, Any] = {"action": "settle_selected", "_selected_action": [job.pk for job in jobs]}
    return read(client.post(f"{JOBS}?state=unknown", (ALL if across else {"index": "0"}) | data))


def states() -> dict[str, str]:
    return dict(Job.objects.values_list("about", "state"))


def test_one_is_settled_with_the_evidence_in_view() -> None:
    job = an_email("lea@example.org", EventKind.SENT, EventKind.DELIVERED)
    client = person(VIEW, SETTLE)
    page, _sent = read(client.get(f"{JOBS}{job.pk}/settle/"))
    assert "Message to lea@example.org: unknown" in page
    assert "Accepted by the mail service" in page
    assert "Delivered" in page


def test_a_selection_is_settled_together_and_each_shows_what_is_known() -> None:
    told, silent = an_email("told@example.org", EventKind.DELIVERED), an_email("silent@example.org")
    plain, known = a_job(State.UNKNOWN, about="plain"), a_job(State.FAILED, about="known")
    client = person(VIEW, SETTLE)
    dialog, sent = asked(client, told, silent, plain, known)
    assert "Settle 3 jobs?" in dialog
    assert "its outcome is known" in dialog
    assert dialog.index("told@example.org") < dialog.index("Delivered")
    assert "The mail service has told nothing of it." in dialog
    assert set(states().values()) == {State.UNKNOWN, State.FAILED}
    answer = sent | {"outcome": ["failed"], "note": ["Nobody got it"]}
    for _double_click in range(2):
        said = client.post(f"{JOBS}?state=unknown", answer, follow=True).content.decode()
    assert "its outcome is known" in said
    assert states() == dict.fromkeys(["told@example.org", "silent@example.org", "plain", "known"], "failed")
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == "Settled 3 jobs as failed. Nobody got it"
    assert AuditItem.objects.filter(entry=entry).count() == 3
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.FAILED}
    assert Job.objects.get(about="plain").said == "Nobody got it"


def test_all_that_match_are_settled_and_no_others() -> None:
    for number in range(230):  # more than one batch
        a_job(State.UNKNOWN, about=f"n{number}")
    client = person(VIEW, SETTLE)
    first = Job.objects.first()
    assert first is not None
    dialog, sent = asked(client, first, across=True)
    assert "Settle 230 jobs?" in dialog
    late = a_job(State.UNKNOWN, created_at=timezone.now() + timedelta(seconds=5))
    client.post(f"{JOBS}?state=unknown", sent | {"outcome": ["succeeded"], "note": [""]})
    assert Job.objects.filter(state=State.SUCCEEDED).count() == 230
    assert list(Job.objects.filter(state=State.UNKNOWN)) == [late]
    assert LogEntry.objects.get().get_change_message() == "Settled 230 jobs as succeeded. "


@pytest.mark.parametrize(
    "answer", [{}, {"outcome": ["cancelled"]}, {"outcome": ["failed"], "note": ["x" * 501]}]
)
def test_an_answer_that_is_none_settles_nothing(answer: dict[str, list[str]]) -> None:
    job, client = an_email("lea@example.org"), person(VIEW, SETTLE)
    _dialog, sent = asked(client, job)
    page = client.post(f"{JOBS}?state=unknown", sent | answer)
    assert page.status_code == 200
    assert states() == {"lea@example.org": State.UNKNOWN}
    assert not LogEntry.objects.exists()


def test_where_nothing_is_unknown_there_is_nothing_to_confirm() -> None:
    job, client = a_job(State.FAILED, about="known"), person(VIEW, SETTLE)
    dialog, sent = asked(client, job)
    assert "its outcome is known" in dialog
    client.post(f"{JOBS}?state=unknown", sent | {"outcome": ["succeeded"]})
    assert states() == {"known": State.FAILED}


def test_it_needs_the_right_to_settle() -> None:
    job, client = a_job(State.UNKNOWN), person(VIEW, "tasks_app.cancel_job")
    sent = {"action": "settle_selected", "_selected_action": [job.pk], "confirmed": "yes"}
    client.post(f"{JOBS}?state=unknown", sent | {"outcome": "failed", "note": ""})
    job.refresh_from_db()
    assert job.state == State.UNKNOWN
