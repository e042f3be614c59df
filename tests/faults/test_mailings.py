"""A mailing while workers die and SES asks for less: nobody gets two, and everybody is accounted for."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from backoffice.mailings import freezing, going
from backoffice.mailings.balance import balance
from backoffice.mailings.causes import MailingRefused
from backoffice.models import Audience, Mailing, MailingState, Message, MessageState, Recipient
from tasks_app.models import Job
from tasks_app.tasks import launch_sending
from tests.faults.bounds import LEASE_LOST
from tests.faults.house import SHORT_LEASE, House, a_template, at_once
from tests.faults.post_office import THROTTLED

PEOPLE, CONNECTIONS = 200, 8
# Nobody is here to approve; and a whole mailing that fails is no reason to pause in these scenarios.
HOUSE: dict[str, Any] = {
    "MAILING_APPROVAL_ABOVE": "100000",
    "MAILING_CONNECTIONS": str(CONNECTIONS),
    "MAILING_FAILURES": "10000",
    "EMAILS_PER_SECOND": "1000",
}


@pytest.fixture(autouse=True)
def without_approval(settings: Any) -> None:
    settings.MAILING_APPROVAL_ABOVE = 100_000


def a_mailing() -> Mailing:
    Recipient.objects.bulk_create(Recipient(email=f"p{at}@example.org") for at in range(PEOPLE))
    audience = Audience.objects.create(name="Everybody")
    mailing = Mailing.objects.create(name="News", audience=audience, template=a_template())
    assert freezing.freeze(mailing) == PEOPLE
    return mailing


def send(house: House, mailing: Mailing) -> None:
    going.send(mailing, None, launch_sending)
    house.record(Mailing.objects.get(pk=mailing.pk).job_id, runs=0)


def slowly(house: House) -> Any:
    def answer(handler: Any) -> None:
        time.sleep(0.1)
        house.post.accept(handler)

    return answer


def is_done(mailing: Mailing) -> bool:
    mailing.refresh_from_db()
    return mailing.state == MailingState.DONE


def account(house: House, mailing: Mailing) -> Counter[str]:
    """The exact census: acceptances as SES counted them, against what became of each person."""
    house.expected.mails[""] = sum(house.post.accepted.values())  # of messages that no job has
    house.account()
    assert set(house.post.accepted.values()) == {1}
    states = Counter(Message.objects.filter(mailing=mailing).values_list("state", flat=True))
    assert states.total() == PEOPLE
    sent = Message.objects.filter(mailing=mailing, state=MessageState.SENT)
    assert {str(key) for key in sent.values_list("pk", flat=True)} <= set(house.post.accepted)
    found = balance(mailing)
    assert sum(found.counts.values()) == found.people == PEOPLE
    return states


@pytest.mark.scenario("m1")
def test_a_worker_killed_in_the_middle_of_a_mailing_leaves_few_unknown_and_sends_the_rest_once(
    house: House,
) -> None:
    """Held by `going.settle_lost` at the begin of each turn: without it those few stay "submitting" for ever.
    Have it put them back to queued, and SES accepts them twice."""
    mailing = a_mailing()
    house.start_all(workers=1, **SHORT_LEASE, **HOUSE)
    house.post.answer = slowly(house)
    send(house, mailing)
    house.until(lambda: len(house.post.accepted) > PEOPLE // 4)
    house.fault(LEASE_LOST)
    house.workers[0].kill()
    house.post.answer = house.post.accept
    house.start_worker("worker2", **SHORT_LEASE, **HOUSE)
    house.until(lambda: is_done(mailing))
    states = account(house, mailing)
    assert set(states) <= {MessageState.SENT, MessageState.UNKNOWN}
    assert states[MessageState.UNKNOWN] <= CONNECTIONS


@pytest.mark.scenario("m2")
def test_a_mailing_that_ses_slows_down_leaves_whole_and_two_clicks_send_it_once(house: House) -> None:
    """Held by `turn.state_after`: read Throttled as a failure, and nobody gets it. And by the state that
    `going.send` asks for under a lock: without it the second click launches a second job."""
    mailing = a_mailing()
    house.start_all(workers=2, **HOUSE)
    house.post.answer = house.post.once(THROTTLED, then=slowly(house))
    clicks: list[str] = []

    def click() -> None:
        try:
            going.send(mailing, None, launch_sending)
            clicks.append("sent")
        except MailingRefused:
            clicks.append("refused")

    house.fault()
    at_once([click, click])
    assert sorted(clicks) == ["refused", "sent"]
    assert Job.objects.filter(name="tasks_app.mailing_tasks.send_mailing").count() == 1
    house.record(Mailing.objects.get(pk=mailing.pk).job_id, runs=0)
    house.until(lambda: is_done(mailing), timeout=240)
    assert account(house, mailing) == {MessageState.SENT: PEOPLE}


@pytest.mark.scenario("m3")
def test_a_worker_told_to_stop_leaves_no_call_of_a_mailing_unknown(house: House) -> None:
    """Held by `stopping.is_asked` in the turn: without it the soft shutdown cuts the turn off, and what was
    under way is unknown."""
    mailing = a_mailing()
    house.start_all(workers=1, **HOUSE)
    house.post.answer = slowly(house)
    send(house, mailing)
    house.until(lambda: len(house.post.accepted) > PEOPLE // 4)
    house.workers[0].stop()
    assert Message.objects.filter(mailing=mailing, state=MessageState.SUBMITTING).count() == 0
    house.post.answer = house.post.accept
    house.start_worker("worker2", **HOUSE)
    house.until(lambda: is_done(mailing))
    assert account(house, mailing) == {MessageState.SENT: PEOPLE}
