"""A turn of a mailing: who gets it, once each; what a death, a pause and an error leave."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from backoffice.audiences.erasing import erase
from backoffice.emails import causes, hold, service_causes
from backoffice.emails.errors import HoldAll, OutcomeUnknown, Refused, Throttled, TryAgain
from backoffice.mailings import going, preparing
from backoffice.mailings import turn as turns
from backoffice.models import (
    Mailing,
    MailingState,
    Message,
    MessageState,
    Recipient,
    SendingHold,
    Suppression,
)
from tests.mailings.making import PostOffice, a_template, people, sending, states, turn

pytestmark = pytest.mark.django_db


def test_everybody_gets_it_once_with_their_own_words(
    post: PostOffice, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "STEP", 20)
    people(50)
    mailing = sending(author)
    assert turn(mailing) == turns.NO_MORE
    assert sorted(post.got) == [f"p{at:04}@example.org" for at in range(50)]
    assert states(mailing) == {"sent": 50}
    assert (mailing.state, mailing.prepared) == (MailingState.DONE, 50)
    assert b"Dear Person 7, we have news." in post.mimes["p0007@example.org"]
    one = Message.objects.get(to="p0007@example.org")
    assert (one.subject, one.text, one.html, one.provider_id) == (
        "News for Person 7",
        "",
        "",
        "id-p0007@example.org",
    )
    assert (one.attempt, one.sender, one.recipient.name) == (1, mailing.sender, "Person 7")


def test_several_calls_are_under_way_at_once_and_no_more_than_the_setting(
    post: PostOffice, author: User, settings: Any
) -> None:
    settings.MAILING_CONNECTIONS = 4
    people(20)
    together = threading.Barrier(4)

    def answers(to: str) -> str:
        together.wait(5)
        return "id"

    post.answers = answers
    mailing = sending(author)
    turn(mailing)
    assert states(mailing) == {"sent": 20}
    assert post.most_under_way == 4


def test_only_messages_whose_call_is_under_way_are_submitting(
    post: PostOffice, author: User, settings: Any
) -> None:
    settings.MAILING_CONNECTIONS = 3
    people(10)
    mailing = sending(author)
    seen: list[int] = []

    def look(_percent: float) -> None:
        seen.append(states(mailing).get("submitting", 0))

    def answers(to: str) -> str:
        time.sleep(0.05)
        return "id"

    post.answers = answers
    turn(mailing, tell=look)
    assert seen
    assert max(seen) <= 3


def test_who_opted_out_or_was_suppressed_after_the_freeze_gets_none(post: PostOffice, author: User) -> None:
    made = people(6)
    mailing = sending(author)
    Recipient.objects.filter(pk=made[0].pk).update(active=False)
    Suppression.objects.create(address=made[1].email, reason="bounced")
    erase([made[2]])
    made[2].delete()
    turn(mailing)
    assert states(mailing) == {"sent": 3, "suppressed": 2, "failed": 1}
    assert len(post.got) == 3
    told = dict(Message.objects.exclude(state="sent").values_list("cause", "state"))
    assert told == {
        causes.RECIPIENT_OPTED_OUT.code: "suppressed",
        causes.ADDRESS_BOUNCED.code: "suppressed",
        causes.RECIPIENT_GONE.code: "failed",
    }


def test_who_opts_out_between_the_reading_and_the_claim_gets_none(
    post: PostOffice, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = people(3)
    mailing = sending(author)
    claim = turns.claims.claim

    def late(*args: Any, **options: Any) -> Any:
        Recipient.objects.filter(pk=made[0].pk).update(active=False)
        Suppression.objects.get_or_create(address=made[1].email, defaults={"reason": "bounced"})
        return claim(*args, **options)

    monkeypatch.setattr(turns.claims, "claim", late)
    turn(mailing)
    assert post.got == [made[2].email]
    assert states(mailing) == {"sent": 1, "suppressed": 2}


def test_what_a_dead_worker_was_handing_over_is_unknown_and_the_others_leave(
    post: PostOffice, author: User
) -> None:
    people(5)
    mailing = sending(author)
    preparing.step(mailing.pk)
    lost = Message.objects.filter(mailing=mailing).first()
    Message.objects.filter(pk=lost.pk).update(state=MessageState.SUBMITTING, attempt=1)
    turn(mailing)
    assert lost.to not in post.got
    assert states(mailing) == {"sent": 4, "unknown": 1}
    assert mailing.state == MailingState.DONE


def test_a_pause_ends_the_turn_within_half_a_second_and_resuming_sends_the_rest(
    post: PostOffice, author: User, settings: Any
) -> None:
    settings.MAILING_CONNECTIONS = 2
    people(40)
    mailing = sending(author)
    asked: list[float] = []

    def answers(to: str) -> str:
        time.sleep(0.02)
        return "id"

    def give_way() -> bool:
        if len(post.got) > 6 and not asked:
            asked.append(time.monotonic())
            going.pause(mailing)
        return False

    post.answers = answers
    assert turn(mailing, gives_way=give_way) == turns.NO_MORE
    assert time.monotonic() - asked[0] < 0.5
    assert mailing.state == MailingState.PAUSED
    left = states(mailing)
    assert set(left) == {"sent", "queued"}
    assert left["sent"] == len(post.got) < 40
    going.resume(mailing, lambda _mailing: "another-job")
    turn(mailing)
    assert states(mailing) == {"sent": 40}
    assert len(post.got) == len(set(post.got)) == 40


def test_a_turn_that_is_asked_to_end_does_not_wait_for_a_stalled_call_whose_outcome_is_written_when_it_comes(
    post: PostOffice, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(3)
    mailing = sending(author)
    answered, written = threading.Event(), threading.Event()
    late: list[Any] = []

    def write(answers: Any) -> None:
        late.extend(answers)
        if len(late) == 3:
            written.set()

    def answers(to: str) -> str:
        answered.wait(10)
        return "id"

    monkeypatch.setattr(turns, "write_late", write)
    post.answers = answers
    began = time.monotonic()
    how = turn(mailing, must_end=lambda: len(post.got) == 3)
    assert time.monotonic() - began < 1
    assert how.delay == timedelta(seconds=1)
    assert states(mailing) == {"submitting": 3}
    assert going.settle_lost(mailing.pk) == 3
    answered.set()
    assert written.wait(5)
    turns.claims.record_sent(late)
    assert states(mailing) == {"sent": 3}


def test_stopping_lets_go_of_all_that_wait_whether_they_have_a_message_or_not(
    post: PostOffice, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "STEP", 10)
    people(30)
    mailing = sending(author)
    granted = iter([(5, 0.0)])
    turn(mailing, take_turns=lambda most: next(granted, (0, 20.0)))
    assert going.stop(mailing) == 5
    assert states(mailing) == {"sent": 5, "stopped": 5}
    assert turn(mailing) == turns.NO_MORE
    assert (mailing.state, mailing.prepared, len(post.got)) == (MailingState.STOPPED, 10, 5)


def test_a_mailing_whose_template_fails_for_the_first_pauses_with_the_reason(
    post: PostOffice, author: User, settings: Any
) -> None:
    settings.MAILING_FAILURES = 4
    people(10)
    mailing = sending(author, a_template("{{ recipient.name | minus: 'x' }} {% if offer > 3 %}a{% endif %}"))
    turn(mailing)
    assert post.got == []
    assert mailing.state == MailingState.PAUSED
    assert mailing.cause == "mailing.fails_in_a_row"
    assert states(mailing) == {"failed": 4, "queued": 6}


def test_refusals_between_which_some_leave_stop_nothing(
    post: PostOffice, author: User, settings: Any
) -> None:
    settings.MAILING_FAILURES, settings.MAILING_CONNECTIONS = 3, 1

    def answers(to: str) -> str:
        if int(to[1:5]) % 2:
            raise Refused(service_causes.MESSAGE_REJECTED(provider_code="MessageRejected", detail="no"))
        return "id"

    people(12)
    post.answers = answers
    mailing = sending(author)
    turn(mailing)
    assert mailing.state == MailingState.DONE
    assert states(mailing) == {"sent": 6, "failed": 6}


def test_an_account_that_takes_nothing_pauses_it_and_nothing_is_lost(
    post: PostOffice, author: User, settings: Any
) -> None:
    settings.MAILING_CONNECTIONS = 1

    def answers(to: str) -> str:
        if len(post.got) > 3:
            raise HoldAll(service_causes.PAUSED(provider_code="SendingPausedException", detail="paused"))
        return "id"

    people(8)
    post.answers = answers
    mailing = sending(author)
    turn(mailing)
    assert (mailing.state, mailing.cause) == (MailingState.PAUSED, "mailing.held")
    assert states(mailing) == {"sent": 3, "queued": 5}
    assert SendingHold.objects.exists()
    going.resume(mailing, lambda _mailing: "job-2")
    turn(mailing)
    assert (mailing.state, len(post.got)) == (MailingState.PAUSED, 4)  # it is not asked before its time
    going.resume(mailing, lambda _mailing: "job-3")
    hold.probe_now()
    post.answers = lambda to: "id"
    lifted: list[bool] = []
    turn(mailing, lifted=lambda: lifted.append(True))
    assert lifted == [True]
    assert not SendingHold.objects.exists()
    assert (mailing.state, states(mailing)) == (MailingState.DONE, {"sent": 8})


def test_a_service_that_asks_for_less_slows_all_down_and_all_leave(post: PostOffice, author: User) -> None:
    refused: list[str] = []
    slower: list[bool] = []

    def answers(to: str) -> str:
        if to not in refused:
            refused.append(to)
            raise Throttled(service_causes.THROTTLED(provider_code="ThrottlingException", detail=""))
        return "id"

    people(5)
    post.answers = answers
    mailing = sending(author)
    turn(mailing, slow_down=lambda: slower.append(True))
    assert states(mailing) == {"sent": 5}
    assert len(slower) == 5


def test_a_service_out_of_reach_is_tried_again_later_and_at_last_a_person_is_asked(
    post: PostOffice, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "GIVES_UP_AFTER", 3)

    def answers(to: str) -> str:
        raise TryAgain(service_causes.UNREACHABLE(provider_code="EndpointConnectionError", detail=""))

    people(2)
    post.answers = answers
    mailing = sending(author)
    assert [turn(mailing).delay, turn(mailing).delay] == [timedelta(seconds=30), timedelta(seconds=60)]
    assert states(mailing) == {"queued": 2}
    assert turn(mailing) == turns.NO_MORE
    assert (mailing.state, mailing.cause) == (MailingState.PAUSED, "mailing.unreachable")


def test_no_answer_is_unknown_and_never_asked_again(post: PostOffice, author: User) -> None:
    def answers(to: str) -> str:
        raise OutcomeUnknown(service_causes.NO_ANSWER(provider_code="ReadTimeoutError", detail=""))

    people(3)
    post.answers = answers
    mailing = sending(author)
    turn(mailing)
    turn(mailing)
    assert states(mailing) == {"unknown": 3}
    assert len(post.got) == 3


def test_a_turn_never_sits_out_its_pace(post: PostOffice, author: User) -> None:
    people(3)
    mailing = sending(author)
    granted = iter([(1, 0.0)])
    began = time.monotonic()
    how = turn(mailing, take_turns=lambda most: next(granted, (0, 20.0)))
    assert time.monotonic() - began < 10
    assert how.delay == timedelta(seconds=20)
    assert states(mailing) == {"sent": 1, "queued": 2}


def test_a_run_that_lost_its_job_claims_nothing(post: PostOffice, author: User) -> None:
    from backoffice.emails.deliver import Guard
    from tasks_app.db.prepared import Condition
    from tasks_app.errors import JobLost

    def lost() -> None:
        raise JobLost

    people(3)
    mailing = sending(author)
    with pytest.raises(JobLost):
        turn(mailing, guard=Guard(Condition("1 = 0", {}), lost))
    assert post.got == []
    assert Mailing.objects.get().state == MailingState.SENDING
