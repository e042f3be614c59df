"""The one place that moves a message: claimed once, handed over once, its outcome written once."""

from __future__ import annotations

import stat
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from backoffice.emails import deliver, settle, transport
from backoffice.emails.attachments import files_of
from backoffice.emails.compose import compose, message_for, resend
from backoffice.emails.deliver import submit
from backoffice.emails.errors import OutcomeUnknown, Refused, TryAgain
from backoffice.models import Attachment, EmailTemplate, Message, MessageState, Recipient
from tasks_app.tasks import envoi_email


@pytest.fixture(autouse=True)
def own_outbox(data_dir: Path) -> None:
    """Nothing of one test is found by the next."""


def state_of(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def outbox(settings: Any) -> list[Path]:
    return sorted(Path(settings.OUTBOX_DIR).glob("*.eml"))


def test_the_local_outbox_holds_the_whole_mail_for_its_owner_only(message: Message, settings: Any) -> None:
    submission = submit(message)
    [file] = outbox(settings)
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["Subject"] == "Été : Zoé Ångström"
    assert file.name == submission.provider_id == f"{message.pk}.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(Path(settings.OUTBOX_DIR).iterdir()) == [file], "a temporary file was left"


def test_an_outbox_that_cannot_be_written_is_tried_again(
    message: Message, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    settings.OUTBOX_DIR = tmp_path / "file" / "outbox"
    with pytest.raises(TryAgain, match="outbox"):
        submit(message)
    assert state_of(message) == MessageState.QUEUED


def test_it_is_sent_only_when_the_job_ends(message: Message) -> None:
    submission = submit(message)
    assert state_of(message) == MessageState.SUBMITTING
    submission.record()
    message.refresh_from_db()
    assert (message.state, message.transport, message.attempt) == (MessageState.SENT, "local", 1)
    assert message.sent_at is not None


def test_a_second_run_of_the_job_finds_the_first_ones_message(
    message: Message, recipient: Recipient, settings: Any
) -> None:
    submit(message).record()
    again = compose(recipient.pk, None, "job-1")
    assert again == message
    assert submit(again).message_id == message.pk
    assert len(outbox(settings)) == 1


def test_only_one_of_two_runs_claims(message: Message) -> None:
    other = Message.objects.get(pk=message.pk)
    assert deliver.claim(message) == 1
    assert deliver.claim(other) is None


def test_a_message_that_was_being_handed_over_is_never_sent_by_the_next_run(message: Message) -> None:
    deliver.claim(message)
    with pytest.raises(OutcomeUnknown):
        submit(Message.objects.get(pk=message.pk))
    assert state_of(message) == MessageState.UNKNOWN


def test_a_run_that_was_overtaken_records_nothing(message: Message) -> None:
    submission = submit(message)
    assert settle.may_run_again("job-1") is False
    submission.record()
    assert state_of(message) == MessageState.UNKNOWN


def test_whatever_interrupts_the_call_leaves_the_outcome_open(
    message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(**mail: Any) -> str:
        raise MemoryError

    monkeypatch.setattr(transport, "TRANSPORTS", {"local": lambda *mail: interrupted()})
    with pytest.raises(MemoryError):
        submit(message)
    assert state_of(message) == MessageState.UNKNOWN


@pytest.mark.parametrize(
    ("state", "again"),
    [
        (MessageState.QUEUED, True),
        (MessageState.SUBMITTING, False),
        (MessageState.UNKNOWN, False),
        (MessageState.SENT, True),
        (MessageState.FAILED, True),
    ],
)
def test_whether_a_lost_job_runs_again(state: str, again: bool, message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(state=state)
    assert settle.may_run_again("job-1") is again
    expected = MessageState.UNKNOWN if state == MessageState.SUBMITTING else state
    assert state_of(message) == expected


def test_a_lost_job_that_wrote_no_message_runs_again(db: None) -> None:
    assert settle.may_run_again("never seen")


def test_a_failed_message_is_not_sent_by_another_run_of_its_job(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED, error="Because.")
    with pytest.raises(Refused, match="Because"):
        submit(Message.objects.get(pk=message.pk))


def test_a_malformed_address_fails_the_message_before_anything_is_asked(
    message: Message, settings: Any
) -> None:
    Message.objects.filter(pk=message.pk).update(to="a@example.org\nBcc: b@example.org")
    with pytest.raises(Refused, match="not an email address"):
        submit(Message.objects.get(pk=message.pk))
    assert state_of(message) == MessageState.FAILED
    assert outbox(settings) == []


# --- Who is written to --------------------------------------------------------------------------


def test_a_recipient_deleted_before_the_first_run_is_a_clear_sentence(
    recipient: Recipient, template: EmailTemplate
) -> None:
    gone = recipient.pk
    recipient.delete()
    with pytest.raises(Refused, match="does not exist any more"):
        compose(gone, None, "job-1")
    assert not Message.objects.exists()


def test_a_recipient_deleted_between_two_tries_fails_the_message(
    message: Message, recipient: Recipient
) -> None:
    gone = recipient.pk
    recipient.delete()
    envoi_email.apply([gone], task_id="job-1")
    message.refresh_from_db()
    assert message.state == MessageState.FAILED
    assert "does not exist any more" in message.error


def test_nobody_who_opted_out_is_written_to(recipient: Recipient, template: EmailTemplate) -> None:
    Recipient.objects.filter(pk=recipient.pk).update(active=False)
    with pytest.raises(Refused, match="no more emails"):
        compose(recipient.pk, None, "job-1")


def test_a_missing_default_template_names_its_code(recipient: Recipient) -> None:
    with pytest.raises(Refused, match="welcome"):
        compose(recipient.pk, None, "job-1")


def test_a_template_switched_off_sends_nothing(recipient: Recipient, template: EmailTemplate) -> None:
    EmailTemplate.objects.update(active=False)
    with pytest.raises(Refused, match="switched off"):
        compose(recipient.pk, template.pk, "job-1")


def test_a_variable_without_a_value_sends_nothing(recipient: Recipient, template: EmailTemplate) -> None:
    template.variables.update(value="")
    with pytest.raises(Refused, match="code"):
        compose(recipient.pk, template.pk, "job-1")


# --- What a person decides ----------------------------------------------------------------------


@pytest.fixture
def unknown(message: Message) -> Message:
    Attachment.objects.create(message=message, name="a.txt", content_type="text/plain", content=b"a")
    Message.objects.filter(pk=message.pk).update(state=MessageState.UNKNOWN)
    message.refresh_from_db()
    return message


def test_it_arrived(unknown: Message) -> None:
    assert settle.arrived(unknown)
    assert state_of(unknown) == MessageState.SENT
    assert not settle.give_up(unknown), "settled twice"


def test_send_again_makes_a_new_linked_message(unknown: Message) -> None:
    again = settle.send_again(unknown)
    assert (again.state, again.resend_of) == (MessageState.QUEUED, unknown)
    assert (again.text, again.html, again.headers) == (unknown.text, unknown.html, unknown.headers)
    assert [one.content for one in files_of(again)] == [b"a"]
    assert state_of(unknown) == MessageState.FAILED
    with pytest.raises(Refused, match="settled already"):
        settle.send_again(unknown)


def test_a_message_whose_text_is_gone_cannot_be_sent_again(unknown: Message) -> None:
    unknown.security = True
    with pytest.raises(Refused, match="not kept"):
        resend(unknown)


def test_a_rerun_of_a_delivery_sends_a_failed_message_as_a_new_one(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED)
    again = message_for(message.pk, "job-2")
    assert again.resend_of == message
    assert message_for(message.pk, "job-2") == again


def test_a_rerun_of_a_delivery_never_sends_a_sent_message(message: Message) -> None:
    submit(message).record()
    with pytest.raises(Refused, match="only one that was not sent"):
        message_for(message.pk, "job-2")


def test_a_queued_message_that_no_job_carries_is_failed_after_an_hour(message: Message) -> None:
    assert settle.close_orphans() == 0
    Message.objects.update(created_at="2026-01-01T00:00:00Z")
    assert settle.close_orphans() == 1
    assert state_of(message) == MessageState.FAILED
