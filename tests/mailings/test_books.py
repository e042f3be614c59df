"""The balance of a mailing, counted again by hand: each person once, whatever came of them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from backoffice.emails import events, service_causes
from backoffice.emails.errors import OutcomeUnknown, Refused
from backoffice.emails.events import Event
from backoffice.mailings import going, preparing
from backoffice.mailings.balance import FATES, UNACCOUNTED, Balance, balance, people_with
from backoffice.models import (
    EventKind,
    Mailing,
    MailingPerson,
    MailingState,
    Message,
    Recipient,
    Suppression,
)
from tests.mailings.making import PostOffice, people, sending, taken_down, turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(db: None) -> User:
    return User.objects.create_user("author")


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch, settings: Any) -> PostOffice:
    settings.MAILING_APPROVAL_ABOVE = settings.MAILING_FAILURES = settings.MAILING_SAMPLE = 1_000
    office = PostOffice()
    monkeypatch.setattr("backoffice.mailings.calls.transport", lambda: ("ses", office))
    return office


def by_hand(mailing: Mailing) -> Counter[str]:
    """One person after the other, from the rows alone: nothing that the page asks is asked here."""
    words = {
        "queued": "waiting", "submitting": "submitting", "sent": "accepted", "delivered": "delivered",
        "bounced": "bounced", "complained": "complained", "failed": "failed", "stopped": "stopped",
        "unknown": "unknown",
    }  # fmt: skip
    mailing.refresh_from_db()
    found: Counter[str] = Counter()
    messages = {one.person_id: one for one in Message.objects.all() if one.mailing_id == mailing.pk}
    for person in MailingPerson.objects.all():
        if person.mailing_id != mailing.pk:
            continue
        message = messages.get(person.pk)
        if message is None and person.pk <= mailing.prepared_until:
            found["unaccounted"] += 1
        elif message is None:
            found["stopped" if mailing.state == "stopped" else "waiting"] += 1
        elif message.state == "suppressed":
            asked = message.cause in ("email.recipient_opted_out", "email.unsubscribed")
            found["opted_out" if asked else "suppressed"] += 1
        else:
            found[words[message.state]] += 1
    return found


def told(mailing: Mailing) -> Balance:
    mailing.refresh_from_db()
    found = balance(mailing)
    assert sum(found.counts.values()) == found.people == MailingPerson.objects.filter(mailing=mailing).count()
    assert +Counter(found.counts) == by_hand(mailing)
    for fate in FATES:  # each figure opens its people, page by page
        listed: list[int] = []
        while page := people_with(mailing, fate, listed[-1] if listed else 0, 7):
            assert {one.fate for one in page} == {fate}
            listed += [one.person.pk for one in page]
        assert len(listed) == len(set(listed)) == found.counts[fate], fate
    return found


def comes(message: Message, kind: EventKind) -> None:
    assert events.record(Event(kind, timezone.now(), str(message.pk), "", "told")) == events.Taken.RECORDED


def test_it_closes_at_every_step_of_a_mailing_with_every_outcome(
    post: PostOffice, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "STEP", 20)
    made = people(60)

    def answers(to: str) -> str:
        number = int(to[1:5])
        if number % 10 == 3:
            raise Refused(service_causes.MESSAGE_REJECTED(provider_code="MessageRejected", detail=""))
        if number % 10 == 4:
            raise OutcomeUnknown(service_causes.NO_ANSWER(provider_code="ReadTimeoutError", detail=""))
        return f"id-{to}"

    post.answers = answers
    other = taken_down(author)  # whose figures are none of this one's
    mailing = sending(author, other.template)
    assert told(mailing).counts["waiting"] == 60
    Recipient.objects.filter(email__endswith="5@example.org").update(active=False)
    Suppression.objects.bulk_create(
        Suppression(address=one.email, reason="bounced") for one in made if one.email[4] == "6"
    )
    granted = iter([(7, 0.0)])
    turn(mailing, take_turns=lambda most: next(granted, (0, 20.0)))
    found = told(mailing).counts
    assert found["waiting"] > 40
    turn(mailing)
    found = told(mailing).counts
    assert {fate: number for fate, number in found.items() if number} == {
        "accepted": 36, "failed": 6, "unknown": 6, "opted_out": 6, "suppressed": 6,
    }  # fmt: skip
    sent = list(Message.objects.filter(mailing=mailing, state="sent").order_by("to"))
    for kind, some in {
        EventKind.DELIVERED: sent[:20],
        EventKind.BOUNCED: sent[20:24],
        EventKind.SOFT_BOUNCED: sent[24:26],
        EventKind.COMPLAINED: sent[:3],
    }.items():
        for message in some:
            comes(message, kind)
    found = told(mailing).counts
    assert (found["delivered"], found["bounced"], found["complained"]) == (17, 6, 3)
    unknown = Message.objects.filter(mailing=mailing, state="unknown")
    comes(unknown[0], EventKind.DELIVERED)  # the mail service knew
    assert told(mailing).counts["unknown"] == 5
    assert told(other).counts["waiting"] == 60


def test_it_closes_while_some_are_handed_over_and_after_a_stop_in_the_middle(
    post: PostOffice, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "STEP", 10)
    people(30)
    mailing = sending(author)
    granted = iter([(4, 0.0)])
    turn(mailing, take_turns=lambda most: next(granted, (0, 20.0)))
    queued = Message.objects.filter(mailing=mailing, state="queued").first()
    assert queued is not None
    Message.objects.filter(pk=queued.pk).update(state="submitting", attempt=1)
    assert told(mailing).counts["submitting"] == 1
    going.stop(mailing)
    found = told(mailing).counts
    assert {fate: number for fate, number in found.items() if number} == {
        "accepted": 4, "submitting": 1, "stopped": 25,
    }  # fmt: skip
    turn(mailing)
    assert told(mailing).counts["unknown"] == 1


def test_people_whose_messages_are_gone_are_said_to_be_not_accounted_for(
    post: PostOffice, author: User
) -> None:
    people(10)
    mailing = sending(author)
    turn(mailing)
    Message.objects.filter(mailing=mailing, to__lt="p0003").delete()
    assert told(mailing).counts[UNACCOUNTED] == 3


def test_a_mailing_that_was_stopped_as_it_was_taken_down_counts_who_was_in_it_by_then(author: User) -> None:
    from backoffice.mailings import freezing

    people(3)
    mailing = taken_down(author)
    MailingPerson.objects.filter(pk=mailing.everybody.last().pk).delete()
    Mailing.objects.filter(pk=mailing.pk).update(state=MailingState.FREEZING, people=0, frozen_at=None)
    assert told(mailing).counts["waiting"] == 2
    going.stop(mailing)
    assert not freezing.step(mailing.pk)
    assert told(mailing).counts["stopped"] == 2
    assert mailing.ended_at - timezone.now() < timedelta(minutes=1)
