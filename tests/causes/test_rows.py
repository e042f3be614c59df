"""What a row keeps of a failure, and how each reader reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from celery import current_app
from django.test import Client
from django.urls import reverse
from django.utils import translation

from backoffice.emails import causes as email_causes
from backoffice.models import EmailTemplate, Message, MessageState, Recipient
from backoffice.reports import causes as report_causes
from tasks_app import control
from tasks_app.ledger import causes, transitions
from tasks_app.ledger.failure import because
from tasks_app.ledger.slot_outcome import slot_ended
from tasks_app.models import Job, JobAttempt, Slot, SlotState, State
from tasks_app.notices import foreign
from tasks_app.tasks import envoi_email, rapport_pdf
from tasks_app.worker.result_writer import tell_that_cancelled
from tests.causes import jobs
from tests.pages.rows import make_job, make_message, make_schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def template() -> EmailTemplate:
    return EmailTemplate.objects.create(
        slug="welcome", name="Welcome", subject="Hello", text="Hello {{ recipient.name }}, {{ door }}."
    )


@pytest.fixture
def recipient(template: EmailTemplate) -> Recipient:
    return Recipient.objects.create(email="zoe@example.org", name="Zoé Martin", language="fr")


def sent_to(recipient_id: int) -> Job:
    return Job.objects.get(id=envoi_email.apply((recipient_id,)).id)


def fingerprint_of(job: Job) -> str:
    attempt = JobAttempt.objects.filter(job=job).latest("id")
    assert (attempt.cause, attempt.cause_params) == (job.cause, job.cause_params)
    assert attempt.fingerprint_rule == foreign.RULE
    return attempt.fingerprint


def test_who_opted_out_who_was_deleted_and_what_has_no_value_are_three_causes(recipient: Recipient) -> None:
    """All of them were "Refused", two of them raised in one function."""
    wordless = sent_to(recipient.pk)
    Recipient.objects.update(active=False)
    opted_out, other = sent_to(recipient.pk), Recipient.objects.create(email="max@example.org", active=False)
    again = sent_to(other.pk)
    numbers = [Recipient.objects.create(email=f"{name}@example.org").pk for name in ("lea", "bob")]
    Recipient.objects.filter(pk__in=numbers).delete()
    deleted, deleted_too, unknown = (sent_to(number) for number in (*numbers, numbers[-1] + 1))
    found = [job.cause for job in (wordless, opted_out, again, deleted, deleted_too, unknown)]
    assert found == [
        "template.value_missing", "email.recipient_opted_out", "email.recipient_opted_out",
        "email.recipient_deleted", "email.recipient_deleted", "email.recipient_unknown",
    ]  # fmt: skip
    assert fingerprint_of(opted_out) == fingerprint_of(again)
    assert fingerprint_of(deleted) == fingerprint_of(deleted_too)
    assert len({fingerprint_of(job) for job in (wordless, opted_out, deleted, unknown)}) == 4
    assert opted_out.cause_params == {"recipient": str(recipient)}


@pytest.fixture
def read(client: Client, admin_user: Any) -> Callable[..., str]:
    """A page in French."""

    def page(name: str, *args: Any) -> str:
        client.force_login(admin_user)
        answer = client.get(reverse(f"admin:{name}", args=args), headers={"accept-language": "fr"})
        assert answer.status_code == 200
        # A traceback is for those who mend: it is Python's, and in the language of the worker.
        return unescape(re.sub(r"<pre.*?</pre>", "", answer.content.decode(), flags=re.DOTALL))

    return page


def test_pages_say_in_french_what_a_worker_wrote_in_english(
    recipient: Recipient, read: Callable[..., str]
) -> None:
    Recipient.objects.update(active=False)
    with translation.override("en"):
        job = sent_to(recipient.pk)
    assert "asked for no more emails" in job.error  # what an older version and plain SQL read
    for page in (read("tasks_app_job_change", job.pk), read("tasks_app_job_changelist")):
        assert "ne souhaite plus recevoir" in page
        assert "asked for no more" not in page
    assert "email.recipient_opted_out" in read("tasks_app_job_change", job.pk)


@pytest.mark.parametrize("words", ["plus recevoir", "asked for no more", "email.recipient_opt", "zoe@"])
def test_an_error_is_found_as_it_is_read_and_as_it_was_written(
    recipient: Recipient, client: Client, admin_user: Any, words: str
) -> None:
    Recipient.objects.update(active=False)
    with translation.override("en"):
        job = sent_to(recipient.pk)
        sent_to(990)
    client.force_login(admin_user)
    page = client.get(
        reverse("admin:tasks_app_job_changelist"), {"q": words}, headers={"accept-language": "fr"}
    )
    assert [found.pk for found in page.context["cl"].result_list] == [job.pk]


def test_a_message_says_in_french_why_it_was_not_sent(read: Callable[..., str]) -> None:
    message = make_message(MessageState.FAILED)
    with translation.override("en"):
        why = because(causes.WORKER_SILENT(worker="w7@cellar"))
        Message.objects.update(error=why.error, cause=why.notice.code, cause_params=dict(why.notice.params))
    page = read("backoffice_message_change", message.pk)
    assert "Son worker w7@cellar ne répond plus." in page
    assert "stopped answering" not in page


def test_a_row_of_an_older_version_keeps_its_sentence(read: Callable[..., str]) -> None:
    old = make_job(State.FAILED, error="The printer is on fire.", error_class="x.PrinterError")
    assert "The printer is on fire." in read("tasks_app_job_change", old.pk)
    assert "x.PrinterError" in read("tasks_app_job_change", old.pk)


def test_what_is_to_do_is_said_once(read: Callable[..., str]) -> None:
    """Beside a sentence that does not say it; most do."""
    why = because(causes.WORKER_LOST(count=3, reason=causes.WORKER_STOPPED()), "WorkerLostError")
    lost = make_job(State.FAILED, **why.as_columns())
    assert read("tasks_app_job_change", lost.pk).count("Voyez ce qui met fin aux workers") == 1
    gone = make_job(State.FAILED, **because(report_causes.TOO_LONG(days=366)).as_columns())
    assert read("tasks_app_job_change", gone.pk).lower().count("rapports plus courts") == 1


def test_a_retry_that_succeeds_leaves_nothing_to_say() -> None:
    """The end of a success clears the sentence alone: it writes no byte more than before."""
    why = because(email_causes.OUTBOX_CLOSED(error="disk full"), "TryAgain")
    job = make_job(State.RUNNING, token="t", **why.as_columns())
    assert "disk full" in job.said
    assert transitions.end(job.pk, "t", State.SUCCEEDED)
    job.refresh_from_db()
    assert (job.said, job.notice, job.advice, job.technical) == ("", None, "", [])


def test_a_success_writes_no_cause() -> None:
    job = Job.objects.get(id=jobs.succeed.apply().id)
    assert (job.state, job.cause, job.cause_params, job.progress_params) == (
        State.SUCCEEDED,
        None,
        None,
        None,
    )


def test_an_address_in_a_foreign_message_stays_on_the_page_of_its_job(read: Callable[..., str]) -> None:
    job = Job.objects.get(id=jobs.parse.apply(("{zoe@example.org",)).id)
    assert job.cause is not None
    assert job.cause.startswith("json.decoder.JSONDecodeError@tests.causes.jobs:parse#")
    assert "zoe" not in job.cause


def test_the_order_of_a_report_that_is_none_is_said_in_french(read: Callable[..., str]) -> None:
    with translation.override("en"):
        wrong = Job.objects.get(id=rapport_pdf.apply(kwargs={"type": "activity", "period": "never"}).id)
        unknown = Job.objects.get(id=rapport_pdf.apply(kwargs={"type": "weather"}).id)
    assert (wrong.cause, unknown.cause) == ("report.parameters_invalid", "report.unknown")
    page = read("tasks_app_job_change", wrong.pk)
    assert "Le rapport « Activité »" in page.replace("\xa0", " ")
    assert "Select a valid choice" not in page
    assert "weather" in read("tasks_app_job_change", unknown.pk)


def test_people_s_words_and_decisions_are_causes_too(admin_user: Any, read: Callable[..., str]) -> None:
    waiting = make_job(State.WAITING, message={"headers": {}, "embed": {}})
    with translation.override("en"):
        assert control.cancel(waiting, by=admin_user, tell_cancelled=tell_that_cancelled) == "cancelled"
        doubtful, told = make_job(State.UNKNOWN), make_job(State.UNKNOWN)
        assert control.settle(doubtful, State.FAILED, by=admin_user)
        assert control.settle(told, State.FAILED, by=admin_user, note="The printer had no paper.")
    causes_of = [Job.objects.get(pk=job.pk).cause for job in (waiting, doubtful, told)]
    assert causes_of == ["job.cancelled_before_start", "job.settled", "job.settled_with_note"]
    assert "Annulée par admin avant son démarrage." in read("tasks_app_job_change", waiting.pk)
    assert "Tranché par admin." in read("tasks_app_job_change", doubtful.pk)
    assert "The printer had no paper." in read("tasks_app_job_change", told.pk)


@pytest.mark.parametrize("reason", ["", "revoked", "the shop is closed"])
def test_what_a_program_did_names_nobody_and_leaves_no_gap(reason: str) -> None:
    waiting = make_job(State.WAITING, message={"headers": {}, "embed": {}})
    assert control.cancel(waiting, by=None, tell_cancelled=tell_that_cancelled) == "cancelled"
    doubtful, revoked = make_job(State.UNKNOWN), make_job(State.WAITING)
    assert control.settle(doubtful, State.FAILED, by=None)
    current_app.backend.mark_as_revoked(revoked.pk, reason)
    said = [str(Job.objects.get(pk=job.pk).said) for job in (waiting, doubtful, revoked)]
    last = "It was revoked: the shop is closed" if reason.startswith("the") else "It was revoked."
    assert said == ["Cancelled by a program before it started.", "Settled by a program.", last]


def test_progress_is_said_in_the_reader_s_language(read: Callable[..., str]) -> None:
    running = make_job(State.RUNNING, token="t", started_at=None)
    for note, said in ((report_causes.TYPESETTING(), "Mise en page"), ("door 3 of 9", "door 3 of 9")):
        assert transitions.note_progress(running.pk, "t", 40, note)
        assert said in read("tasks_app_job_change", running.pk)
        assert said in read("index")


def test_a_slot_says_in_french_how_its_job_failed_and_names_nobody(read: Callable[..., str]) -> None:
    schedule = make_schedule()
    """A slot outlives its job, and with it whom the job was about."""
    with translation.override("en"):
        why = because(email_causes.RECIPIENT_OPTED_OUT(recipient="Zoé <zoe@example.org>"), "Refused")
        job = make_job(State.FAILED, **why.as_columns())
        job.scheduled_for = job.created_at
        Slot.objects.create(
            schedule=schedule, schedule_name=schedule.name, moment=job.created_at,
            job_id=job.pk, decided_at=job.created_at,
        )  # fmt: skip
        slot_ended(job)
    slot = Slot.objects.get()
    assert (slot.state, slot.cause) == (SlotState.FAILED, "email.recipient_opted_out")
    assert "zoe" not in f"{slot.reason} {slot.cause_params}"
    page = read("django_celery_beat_periodictask_change", schedule.pk)
    assert "Le destinataire ne souhaite plus recevoir d’e-mails." in page
    assert "zoe@example.org" not in page
