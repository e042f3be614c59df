"""A person clicks, and something breaks before the job has reached the broker."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from itertools import dropwhile, takewhile

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from backoffice.emails.compose import draft
from backoffice.models import Message, MessageState
from tasks_app.broker.lost_messages import MARKER
from tasks_app.models import Job, State
from tests.faults.bounds import BUSY, PUBLISHED, TICK
from tests.faults.house import House, a_recipient, a_template
from tests.faults.proxy import Line, Proxy
from tests.faults.visitor import Clicked, Visitor

EMAIL = "/admin/launch/envoi_email/"
JOB_PAGE = "/admin/tasks_app/job/"
COMMITTED = "committed"  # said to the broker, to be found among what others say
ANSWERED = 2.0  # seconds in which the page answers, whatever the broker does
OWN_TIME = 1.0  # seconds that a loaded machine may take for the click itself


@pytest.fixture
def line(house: House) -> Iterator[Proxy]:
    """Between the web and its broker; workers and clocks have lines of their own."""
    proxy = Proxy(house.redis.port)
    yield proxy
    proxy.close()


def visitor(house: House) -> Visitor:
    user = User.objects.create_superuser("alex", "alex@example.org")
    return Visitor(house.url, user)


def send_email(person: Visitor) -> Clicked:
    return person.click(EMAIL, destinataire_id=a_recipient().pk, modele_id=a_template().pk)


def record_email(house: House, clicked: Clicked) -> str:
    """The launch record of a click: the job whose page it led to."""
    assert clicked.address.startswith(JOB_PAGE), clicked.address
    return house.record(clicked.address.removeprefix(JOB_PAGE).partition("/")[0], runs=0, mails=1)


class Lost(threading.Thread):
    """A click whose answer never comes."""

    def __init__(self, person: Visitor, path: str, **fields: object) -> None:
        super().__init__(daemon=True)
        self.person, self.path, self.fields = person, path, fields
        self.start()

    def run(self) -> None:
        try:
            self.person.click(self.path, **self.fields)
        except (OSError, http.client.HTTPException):
            return


def lost_email(person: Visitor) -> Lost:
    return Lost(person, EMAIL, destinataire_id=a_recipient().pk, modele_id=a_template().pk)


@pytest.mark.long
@pytest.mark.scenario(1)
def test_web_killed_before_commit_leaves_no_job_and_no_change(house: House) -> None:
    """A person decides that a message of unknown outcome is sent again: the message is settled, a new one
    is written, a job launched, the decision logged. The web dies at the last of these.

    Held by the transaction in `message_settling.send_again`: take it away, and the old message is "failed",
    a second one and its job are there.
    """
    house.start_all(workers=0, clocks=0, web=True)
    message = draft(a_recipient(), a_template(), values={}, job_id="")
    message.state = MessageState.UNKNOWN
    message.save(force_insert=True)
    again = reverse("admin:backoffice_message_send_again", args=[message.pk])
    person = visitor(house)
    with house.locked("django_admin_log"):
        Lost(person, again, confirmed="yes")
        house.until(house.somebody_waits_for_a_lock)
        house.process("web").kill()
    house.until(house.nobody_else_is_connected)
    message.refresh_from_db()
    assert (message.state, Message.objects.count(), Job.objects.count()) == (MessageState.UNKNOWN, 1, 0)
    house.fault(PUBLISHED + BUSY)  # the web and then the others are started
    house.start_web()
    Visitor(house.url, User.objects.get()).click(again, confirmed="yes")
    assert Message.objects.count() == 2
    house.record(Job.objects.get().pk, runs=0, mails=1)
    house.start_all()
    house.account()


@pytest.mark.scenario(2)
def test_web_killed_between_commit_and_publish_costs_two_ticks(house: House, line: Proxy) -> None:
    """Held by `recovery.publish_due`: without its call in `recover` the job waits for ever; with a headstart
    (PUBLISHER_HEADSTART) of five seconds the clock looks six times before it publishes."""
    house.start_all(workers=1, clocks=1)
    house.start_web(CELERY_BROKER_URL=line.url)
    person = visitor(house)
    line.set(Line.SILENT)
    with house.redis.client.monitor() as broker:
        lost_email(person)
        house.until(lambda: Job.objects.exists())
        house.redis.client.echo(COMMITTED)
        house.process("web").kill()
        house.fault(PUBLISHED + TICK)
        house.record(Job.objects.get().pk, runs=0, mails=1)
        house.account()
        commands = (told["command"] for told in broker.listen())
        until_push = list(takewhile(lambda command: not command.startswith("LPUSH high "), commands))
    since_commit = dropwhile(lambda command: command != f"ECHO {COMMITTED}", until_push)
    assert list(since_commit).count(f"GET {MARKER}") <= 2  # each tick asks once


@pytest.mark.scenario(3)
def test_publisher_killed_between_push_and_mark_gives_one_execution(house: House, line: Proxy) -> None:
    """The clock pushes it once more; both messages reach a worker.

    Held by the guard of `hot_sql.claim`: let it take jobs in any state, and the job runs twice (SES is
    still asked once: the message has a guard of its own).
    """
    house.start_all(workers=0, clocks=0)
    house.start_web(CELERY_BROKER_URL=line.url)
    person = visitor(house)
    line.set(Line.MUTE)
    lost_email(person)
    house.until(lambda: house.redis.client.llen("high") == 1)
    house.process("web").kill()
    job = Job.objects.get()
    assert (job.state, job.published_at) == (State.WAITING, None)
    house.record(job.pk, runs=0, mails=1)
    house.fault(PUBLISHED + BUSY)  # the clock and then a worker are started
    house.start_clock()
    house.until(lambda: house.redis.client.llen("high") == 2)
    house.start_worker()
    house.account()
    assert Job.objects.get().runs == 1


@pytest.mark.long
@pytest.mark.scenario(4)
@pytest.mark.parametrize("how", [Line.REFUSED, Line.SILENT], ids=["refused", "silent"])
def test_a_broker_that_is_away_during_the_click_costs_it_two_seconds_at_most(
    house: House, line: Proxy, how: Line
) -> None:
    """The page says "queued; it starts when the broker is back", and it does. No line of the web's is open
    yet, which is the slowest: the click has to connect first. The clock's line is away too, so that it does
    not publish the job before the page is made.

    A broker that refuses: held by the transport options of settings.py (`max_retries`, the intervals) and
    CELERY_BROKER_CONNECTION_TIMEOUT; without both the click takes six seconds. One that is silent: held by
    the budget of `publishing._BrokerConnection.open`; without its two timeouts the click takes ten. Either:
    where `publish` does not catch BROKER_ERRORS, the answer is an error 500.
    """
    house.start_all(workers=1, clocks=0)
    house.start_clock(CELERY_BROKER_URL=line.url)
    house.start_web(CELERY_BROKER_URL=line.url)
    person = visitor(house)
    line.set(how)
    clicks = [send_email(person) for _ in range(3)]
    for clicked in clicks:
        assert "it starts when the broker is back" in clicked.page
        record_email(house, clicked)
    assert len(house.expected.states) == len(clicks)
    house.fault(PUBLISHED)
    line.set(Line.OPEN)
    house.account()
    usual = send_email(person)  # nothing is away now: what a click costs by itself
    record_email(house, usual)
    house.account()
    assert usual.seconds < OWN_TIME
    assert clicks[0].seconds < ANSWERED + usual.seconds
