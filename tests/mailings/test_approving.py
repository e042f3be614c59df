"""A second person approves what is sent, and what they approved is what is sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from backoffice.audiences.erasing import erase
from backoffice.mailings import approving, causes, going
from backoffice.mailings.causes import MailingRefused
from backoffice.mailings.digest import digest_of
from backoffice.models import (
    Mailing,
    MailingApproval,
    MailingPerson,
    MailingState,
    Recipient,
    TemplateVariable,
)
from tests.mailings.making import PostOffice, approved, no_job, people, states, taken_down, turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing(author: User, settings: Any) -> Mailing:
    settings.MAILING_APPROVAL_ABOVE = 2
    people(3)
    return taken_down(author)


def code_of(refused: pytest.ExceptionInfo[MailingRefused]) -> str:
    return refused.value.code


def test_it_is_not_sent_without_an_approval(mailing: Mailing, author: User) -> None:
    with pytest.raises(MailingRefused) as refused:
        going.send(mailing, author, no_job)
    assert code_of(refused) == causes.NOT_APPROVED.code
    mailing.refresh_from_db()
    assert mailing.state == MailingState.FROZEN


def test_one_to_few_people_needs_none(mailing: Mailing, author: User, settings: Any) -> None:
    settings.MAILING_APPROVAL_ABOVE = 3
    going.send(mailing, author, no_job)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENDING


def test_whoever_made_it_does_not_approve_it(mailing: Mailing, author: User) -> None:
    assert "somebody else" in str(approving.why_not(mailing, author))
    with pytest.raises(MailingRefused):
        approving.approve(mailing, author, mailing.digest)
    assert not MailingApproval.objects.exists()


def test_what_was_approved_is_sent(mailing: Mailing, author: User, reviewer: User, post: PostOffice) -> None:
    first = approving.approve(mailing, reviewer, mailing.digest)
    assert approving.approve(mailing, reviewer, mailing.digest) == first  # a second click
    going.send(mailing, author, no_job)
    turn(mailing)
    assert states(mailing) == {"sent": 3}


def test_an_approval_of_what_was_read_before_it_changed_is_refused(mailing: Mailing, reviewer: User) -> None:
    with pytest.raises(MailingRefused) as refused:
        approving.approve(mailing, reviewer, "0" * 64)
    assert code_of(refused) == causes.NOT_WHAT_WAS_READ.code


@pytest.mark.parametrize("forged", ["signature", "digest", "by"])
def test_a_forged_approval_is_refused_with_a_sentence(
    mailing: Mailing, author: User, reviewer: User, forged: str
) -> None:
    approved(mailing, reviewer)
    rows = MailingApproval.objects.filter(mailing=mailing)
    {
        "signature": lambda: rows.update(signature="x" * 43),
        "digest": lambda: rows.update(digest="0" * 64),
        "by": lambda: rows.update(by_name="somebody"),
    }[forged]()
    with pytest.raises(MailingRefused) as refused:
        going.send(mailing, author, no_job)
    assert code_of(refused) in {causes.FORGED_APPROVAL.code, causes.CHANGED.code}


def test_an_approval_of_another_mailing_is_forged(mailing: Mailing, author: User, reviewer: User) -> None:
    other = taken_down(author, mailing.template)
    given = approving.approve(other, reviewer, other.digest)
    MailingApproval.objects.filter(pk=given.pk).update(mailing=mailing, digest=mailing.digest)
    with pytest.raises(MailingRefused) as refused:
        going.send(mailing, author, no_job)
    assert code_of(refused) == causes.FORGED_APPROVAL.code


@pytest.mark.parametrize("change", ["text", "values", "address", "somebody more"])
def test_whatever_changed_between_approval_and_sending_stops_it_before_anybody_gets_it(
    mailing: Mailing, author: User, reviewer: User, post: PostOffice, change: str
) -> None:
    approved(mailing, reviewer)
    one = MailingPerson.objects.filter(mailing=mailing).first()
    assert one is not None
    {
        "text": lambda: Mailing.objects.update(text="Buy this"),
        "values": lambda: MailingPerson.objects.filter(pk=one.pk).update(values={"offer": "ruin"}),
        "address": lambda: MailingPerson.objects.filter(pk=one.pk).update(
            address="x@example.org", email="x@example.org"
        ),
        "somebody more": lambda: MailingPerson.objects.create(
            mailing=mailing, email="x@example.org", address="x@example.org", active=True
        ),
    }[change]()
    going.send(mailing, author, no_job)
    turn(mailing)
    assert (mailing.state, mailing.cause) == (MailingState.PAUSED, causes.CHANGED.code)
    assert post.got == []


def test_what_the_template_says_later_changes_nothing(
    mailing: Mailing, author: User, reviewer: User, post: PostOffice
) -> None:
    approved(mailing, reviewer)
    TemplateVariable.objects.update(value="lies")
    mailing.template.text = "Other"
    mailing.template.save()
    Recipient.objects.update(name="Another")
    going.send(mailing, author, no_job)
    turn(mailing)
    assert b"Dear Person 1, we have news." in post.mimes["p0001@example.org"]


def test_erasing_a_person_changes_no_approval_and_removes_the_person(
    mailing: Mailing, author: User, reviewer: User, post: PostOffice
) -> None:
    approved(mailing, reviewer)
    one = Recipient.objects.order_by("pk")[1]
    erase([one])
    one.delete()
    mailing.refresh_from_db()
    assert digest_of(mailing) == mailing.digest
    going.send(mailing, author, no_job)
    turn(mailing)
    assert states(mailing) == {"sent": 2, "failed": 1}
    assert len(post.got) == 2


def test_an_approval_that_is_withdrawn_while_it_is_sent_pauses_it(
    mailing: Mailing, author: User, reviewer: User, post: PostOffice
) -> None:
    approved(mailing, reviewer)
    going.send(mailing, author, no_job)
    granted = iter([(1, 0.0)])
    turn(mailing, take_turns=lambda most: next(granted, (0, 20.0)))
    assert going.withdraw_approval(mailing, reviewer)
    assert not going.withdraw_approval(mailing, reviewer)
    turn(mailing)
    assert (mailing.state, mailing.cause) == (MailingState.PAUSED, causes.APPROVAL_WITHDRAWN.code)
    assert states(mailing) == {"sent": 1, "queued": 2}
    with pytest.raises(MailingRefused) as refused:
        going.resume(mailing, no_job)
    assert code_of(refused) == causes.NOT_APPROVED.code
    approved(mailing, reviewer)
    going.resume(mailing, no_job)
    turn(mailing)
    assert states(mailing) == {"sent": 3}
