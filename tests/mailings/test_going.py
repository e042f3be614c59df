"""Clicks on a mailing: of two one counts; what stops it by itself; what its text is afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from backoffice.emails import bodies, settle
from backoffice.emails import causes as of_emails
from backoffice.emails.compose import message_for, resend
from backoffice.emails.errors import Refused
from backoffice.mailings import causes, freezing, going
from backoffice.mailings.causes import MailingRefused
from backoffice.models import Mailing, MailingPerson, MailingState, Message
from backoffice.prunables import PRUNABLES
from tasks_app.notices import Notice
from tasks_app.retention.prune import prune
from tests.mailings.making import PostOffice, a_draft, no_job, people, sending, states, taken_down, turn

pytestmark = pytest.mark.django_db


def test_of_two_clicks_on_send_one_sends(author: User) -> None:
    people(2)
    mailing = taken_down(author)
    jobs: list[str] = []

    def launch(_mailing: Mailing) -> str:
        jobs.append("job")
        return "job"

    going.send(mailing, author, launch)
    with pytest.raises(MailingRefused, match="somebody was quicker"):
        going.send(mailing, author, launch)
    assert jobs == ["job"]


def test_nobody_is_sent_an_empty_mailing(author: User) -> None:
    with pytest.raises(MailingRefused) as refused:
        going.send(taken_down(author), author, no_job)
    assert refused.value.code == causes.NOBODY.code


def test_a_draft_is_taken_down_once_and_not_without_a_template(author: User) -> None:
    mailing = a_draft(author)
    going.take_down(mailing, no_job)
    with pytest.raises(MailingRefused):
        going.take_down(mailing, no_job)
    mailing = a_draft(author, mailing.template)
    mailing.template.active = False
    with pytest.raises(MailingRefused) as refused:
        going.take_down(mailing, no_job)
    assert refused.value.code == causes.TEMPLATE_OFF.code
    mailing.template = None
    with pytest.raises(MailingRefused) as refused:
        going.take_down(mailing, no_job)
    assert refused.value.code == causes.NO_TEMPLATE.code


def test_a_stop_in_the_middle_of_the_freeze_takes_nobody_more_down(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "STEP", 2)
    people(5)
    mailing = a_draft(author)
    freezing.begin(mailing)
    assert freezing.step(mailing.pk)
    going.stop(mailing)
    assert not freezing.step(mailing.pk)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.people) == (MailingState.STOPPED, 2)
    with pytest.raises(MailingRefused):
        going.send(mailing, author, no_job)


def test_a_job_that_ends_without_success_leaves_it_paused_and_says_why(
    author: User, post: PostOffice
) -> None:
    people(2)
    mailing = sending(author)
    going.job_ended("another job", Notice("job.cancelled"))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENDING
    going.job_ended(mailing.job_id, Notice("job.cancelled"))
    mailing.refresh_from_db()
    assert (mailing.state, mailing.cause) == (MailingState.PAUSED, causes.JOB_ENDED.code)
    assert "Stopped at a person's request" in mailing.said


def test_a_freeze_whose_job_fails_is_a_draft_again_and_says_why(author: User) -> None:
    people(2)
    mailing = a_draft(author)
    going.take_down(mailing, no_job)
    freezing.begin(mailing)
    freezing.step(mailing.pk)
    going.job_ended("job-of-the-test", causes.NO_AUDIENCE())
    mailing.refresh_from_db()
    assert (mailing.state, mailing.job_id, mailing.cause) == ("draft", "", causes.NOT_TAKEN_DOWN.code)
    assert not MailingPerson.objects.exists()
    going.take_down(mailing, no_job)
    assert freezing.freeze(mailing) == 2


@pytest.mark.parametrize(
    ("state", "number", "cause"),
    [
        ("complained", 2, causes.TOO_MANY_COMPLAINED),
        ("bounced", 3, causes.TOO_MANY_BOUNCED),
        ("complained", 1, None),
        ("bounced", 2, None),
    ],
)
def test_it_pauses_by_itself_when_too_many_come_back_or_complain(
    post: PostOffice, author: User, settings: Any, state: str, number: int, cause: Any
) -> None:
    settings.MAILING_SAMPLE, settings.MAILING_MAX_BOUNCES, settings.MAILING_MAX_COMPLAINTS = 10, 0.2, 0.1
    people(15)
    mailing = sending(author)
    granted = iter([(10, 0.0)])
    turn(mailing, take_turns=lambda most: next(granted, (0, 20.0)))
    sent = Message.objects.filter(mailing=mailing, state="sent").values_list("pk", flat=True)
    Message.objects.filter(pk__in=list(sent[:number])).update(state=state)
    turn(mailing)
    if cause is None:
        assert mailing.state == MailingState.DONE
    else:
        assert (mailing.state, mailing.cause) == (MailingState.PAUSED, cause.code)
        assert len(post.got) < 15
        assert states(mailing)["queued"] == 5


def test_a_few_that_come_back_are_no_sample(post: PostOffice, author: User, settings: Any) -> None:
    settings.MAILING_SAMPLE = 10
    people(9)
    mailing = sending(author)
    granted = iter([(8, 0.0)])
    turn(mailing, take_turns=lambda most: next(granted, (0, 20.0)))
    Message.objects.filter(mailing=mailing, state="sent").update(state="complained")
    turn(mailing)
    assert mailing.state == MailingState.DONE


def test_the_text_of_a_message_is_what_was_sent_and_is_kept_nowhere(post: PostOffice, author: User) -> None:
    people(2)
    mailing = sending(author)
    turn(mailing)
    message = Message.objects.get(to="p0001@example.org")
    assert message.text == ""
    assert message.has_body
    said = bodies.filled(message)
    assert said.text.strip() == "Dear Person 1, we have news."
    assert said.headers["To"] == "Person 1 <p0001@example.org>"
    assert said.subject in post.mimes["p0001@example.org"].decode()


def test_one_that_failed_is_sent_again_as_a_message_with_the_same_text(
    post: PostOffice, author: User
) -> None:
    people(1)
    mailing = sending(author)
    turn(mailing)
    Message.objects.update(state="failed")
    first = Message.objects.get()
    again = resend(first)
    assert (again.text.strip(), again.resend_of, again.mailing) == (
        "Dear Person 0, we have news.",
        first,
        None,
    )


def test_a_message_that_waits_is_its_mailings_to_send(post: PostOffice, author: User) -> None:
    people(1)
    mailing = sending(author)
    turn(mailing, take_turns=lambda most: (0, 20.0))
    waiting = Message.objects.get()
    with pytest.raises(Refused) as refused:
        message_for(str(waiting.pk), "a-job")
    assert refused.value.code == of_emails.MESSAGE_NOT_FAILED.code
    settle.close_orphans()
    Message.objects.update(created_at=timezone.now() - timedelta(days=1))
    settle.close_orphans()
    assert states(mailing) == {"queued": 1}


def test_values_are_forgotten_after_their_time_and_the_text_with_them(
    post: PostOffice, author: User, settings: Any
) -> None:
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"mailing_values": 30}
    people(3)
    mailing = sending(author)
    MailingPerson.objects.update(values={"offer": "yours"})
    Mailing.objects.update(verified_at=timezone.now())
    turn(mailing)
    assert b"yours" in post.mimes["p0000@example.org"]
    [values] = [one for one in PRUNABLES if one.key == "mailing_values"]
    assert prune([values], timezone.now()).removed == {"mailing_values": 0}
    later = timezone.now() + timedelta(days=31)
    assert values.count(values.before(later), 100) == 3
    assert prune([values], later, batch=2).removed == {"mailing_values": 3}
    assert prune([values], later).removed == {"mailing_values": 0}
    assert list(MailingPerson.objects.values_list("values", flat=True)) == [{}, {}, {}]
    message = Message.objects.first()
    assert message is not None
    with pytest.raises(Refused) as refused:
        bodies.filled(message)
    assert refused.value.code == of_emails.TEXT_NOT_KEPT.code
