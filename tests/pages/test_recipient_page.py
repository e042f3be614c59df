"""A recipient's page: every message to that person, and the way to write to them, or why there is none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice.emails import correspondence
from backoffice.emails.correspondence import counted_by_state, messages_to, newest, ranges_of
from backoffice.emails.one_person import Key, Person, page_of
from backoffice.models import Message, MessageState, Recipient, SendingHold, Suppression

pytestmark = pytest.mark.django_db

LIST = "admin:backoffice_message_changelist"


@pytest.fixture
def lea() -> Recipient:
    return Recipient.objects.create(email="Lea@example.org", name="Lea Example")


def message(state: MessageState = MessageState.SENT, **fields: Any) -> Message:
    given = {"to": "lea@example.org", "sender": "us@example.org", "subject": "Hello", "state": state}
    return Message.objects.create(**given | fields)


def text_of(client: Client, recipient: Recipient) -> str:
    answer = client.get(reverse("admin:backoffice_recipient_change", args=[recipient.pk]))
    assert answer.status_code == 200
    return " ".join(unescape(answer.content.decode()).split())


def all_ways(recipient: Recipient) -> list[Message]:
    """A message by each road that leads to a person, and one to somebody else."""
    other = Recipient.objects.create(email="other@example.org")
    message(recipient=other, to="other@example.org", subject="Not hers")
    message(recipient=other, to=recipient.email, subject="Not hers either: it names somebody else")
    return [
        message(recipient=recipient, to=recipient.email, subject="By her row"),
        message(recipient=recipient, to="lea.old@example.org", subject="To the address of then"),
        message(recipient=None, to=recipient.email.lower(), subject="Without her row"),
        message(recipient=None, to=recipient.email, subject="Without her row, as she writes it"),
        message(MessageState.FAILED, recipient=recipient, to="", subject="Refused"),
    ]


def test_every_message_to_her_is_there_and_says_how_it_is_hers(
    lea: Recipient, signed_in: Callable[[str], Client]
) -> None:
    hers = all_ways(lea)
    page = text_of(signed_in("Support"), lea)
    for one in hers:
        assert reverse("admin:backoffice_message_change", args=[one.pk]) in page
    assert "Not hers" not in page
    assert "To lea.old@example.org, the address of then" in page
    assert page.count("To this address, without naming the recipient") == 2


def test_the_counts_by_state_add_up_and_lead_to_the_same_messages(
    lea: Recipient, signed_in: Callable[[str], Client]
) -> None:
    hers = all_ways(lea)
    client = signed_in("Support")
    page = text_of(client, lea)
    links = re.findall(rf'href="({reverse(LIST)}\?recipient={lea.pk}[^"]*)">(\d+)<', page)
    assert len(links) == 3
    (_all, total), *parts = links
    assert int(total) == len(hers) == sum(int(count) for _url, count in parts)
    for url, count in links:
        listed = unescape(client.get(url).content.decode())
        shown = re.findall(r"/admin/backoffice/message/([0-9a-f-]{36})/change/", listed)
        assert len(set(shown)) == int(count)
        assert set(shown) <= {str(one.pk) for one in hers}


def test_the_newest_come_first_and_the_others_are_a_click_away(
    lea: Recipient, signed_in: Callable[[str], Client]
) -> None:
    for number in range(30):
        one = message(recipient=lea, subject=f"Letter {number:02}")
        moment = timezone.now() - timedelta(days=number)
        Message.objects.filter(pk=one.pk).update(created_at=moment)
    page = text_of(signed_in("Support"), lea)
    shown = re.findall(r"Letter (\d\d)", page)
    assert shown == [f"{number:02}" for number in range(25)]
    assert "All 30 messages" in page


def test_more_than_are_counted_says_so(lea: Recipient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correspondence, "COUNTED", 3)
    for _number in range(5):
        message(recipient=lea)
    counts, beyond = counted_by_state(ranges_of(lea), lea)
    assert (counts.total(), beyond) == (3, True)


def test_the_newest_are_counted_and_each_once_whatever_way_leads_to_it(
    lea: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By her row, by her address, by both, by a former address, as another spells it."""
    now, other = timezone.now(), Recipient.objects.create(email="now@example.org")
    ways = [
        {"recipient": lea, "to": lea.email},
        {"recipient": lea, "to": "before@example.org"},
        {"recipient": other, "to": lea.email},
        {"recipient": None, "to": lea.email.upper()},
        {"recipient": None, "to": lea.email},
    ]
    states = [*MessageState][:7]
    for number in range(35):
        one = message(**ways[number % 5], state=states[number % 7])
        Message.objects.filter(pk=one.pk).update(created_at=now - timedelta(minutes=number))
    person = Person.of(lea.email)
    for most in (1, 2, 7, 34, 35, 36):
        monkeypatch.setattr(correspondence, "COUNTED", most)
        counts, more = counted_by_state(person.ranges(), person.recipient)
        among = sorted(
            {one.pk: one for rows in person.ranges() for one in rows}.values(),
            key=lambda one: one.created_at,
            reverse=True,
        )
        assert (counts.total(), more) == (min(most, len(among)), len(among) > most)
        assert +counts == Counter(one.state for one in among[:most])


def test_who_may_not_see_messages_sees_none(lea: Recipient) -> None:
    from tests.pages.work import person

    all_ways(lea)
    page = text_of(person("backoffice.view_recipient"), lea)
    assert "By her row" not in page
    assert "?recipient=" not in page


@pytest.fixture
def others() -> None:
    """Enough messages for a plan to matter, which PostgreSQL has counted."""
    Message.objects.bulk_create(
        Message(to=f"other.{number}@example.org", sender="us@example.org", subject="Not hers")
        for number in range(2_000)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE backoffice_message")


def plan_of(sql: str, *dear: str) -> str:
    """On PostgreSQL as where five rows are very many, for which these are dear."""
    with connection.cursor() as cursor:
        for way in ("seqscan", *dear) if connection.vendor == "postgresql" else ():
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"{'EXPLAIN' if connection.vendor == 'postgresql' else 'EXPLAIN QUERY PLAN'} {sql}")
        return "\n".join(str(row) for row in cursor.fetchall())


@pytest.mark.parametrize(
    "ask",
    [
        lambda lea: newest(ranges_of(lea), 25),
        lambda lea: counted_by_state(ranges_of(lea), lea),
        lambda lea: counted_by_state(Person.of(lea.email).ranges(), lea),
        lambda lea: newest(Person.of(lea.email).ranges(), 25),
        lambda lea: page_of(Person.of(lea.email), (), Key(timezone.now(), UUID(int=0))),
        lambda lea: list(messages_to(lea, Message.objects.order_by("-created_at", "-id"))[:25]),
    ],
)
def test_no_statement_about_messages_reads_them_all(
    lea: Recipient, others: None, ask: Callable[[Recipient], Any]
) -> None:
    all_ways(lea)
    with CaptureQueriesContext(connection) as queries:
        ask(lea)
    asked = [one["sql"] for one in queries.captured_queries if '"backoffice_message"' in one["sql"]]
    assert asked
    for sql in asked:
        plan = plan_of(sql)
        assert "SCAN backoffice_message" not in plan
        assert "Seq Scan on backoffice_message" not in plan
        assert "message_newest" not in plan


@pytest.mark.parametrize(
    ("whose", "by_address"),
    [
        (ranges_of, "message_to_nobody"),
        (lambda lea: Person.of(lea.email).ranges(), "message_to_address"),
    ],
)
def test_the_newest_are_read_in_the_order_of_an_index(
    lea: Recipient, others: None, whose: Callable[[Recipient], Any], by_address: str
) -> None:
    """So that of somebody who got very many a page's number is read."""
    all_ways(lea)
    with CaptureQueriesContext(connection) as queries:
        newest(whose(lea), 25)
    [sql] = [one["sql"] for one in queries.captured_queries if '"backoffice_message"' in one["sql"]]
    plan = plan_of(sql, "sort", "bitmapscan")
    assert "message_of_recipient" in plan
    # Of two that fit, SQLite takes the one that has more than is asked for.
    assert by_address in plan or (connection.vendor == "sqlite" and "message_to_address" in plan)
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


# --- Writing to her ------------------------------------------------------------------------------


def way_of(page: str) -> str:
    found = re.search(r'href="(/admin/launch/envoi_email/[^"]*)"', page)
    return found[1] if found else ""


def test_who_may_send_gets_the_form_with_her_in_it(
    lea: Recipient, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("Staff")
    form = client.get(way_of(text_of(client, lea))).content.decode()
    assert re.search(rf'<option value="{lea.pk}"[^>]* selected', form)


def test_who_may_not_send_is_told_so(lea: Recipient) -> None:
    from tests.pages.work import person

    page = text_of(person("backoffice.view_recipient", "backoffice.view_message"), lea)
    assert not way_of(page)
    assert "your groups send no emails" in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"active": False}, "this person opted out"),
        ({"for_tests": True}, "A test address"),
    ],
)
def test_whom_nothing_is_sent_to_is_said(
    fields: dict[str, Any], sentence: str, lea: Recipient, signed_in: Callable[[str], Client]
) -> None:
    Recipient.objects.filter(pk=lea.pk).update(**fields)
    page = text_of(signed_in("Staff"), lea)
    assert not way_of(page)
    assert sentence in page


@pytest.mark.parametrize("reason", list(Suppression.Reason))
def test_an_address_that_takes_none_is_said_with_the_way_to_lift_it(
    reason: Suppression.Reason, lea: Recipient, signed_in: Callable[[str], Client]
) -> None:
    suppressed = Suppression.objects.create(address="lea@example.org", reason=reason)
    page = text_of(signed_in("Support"), lea)
    assert not way_of(page)
    assert "lea@example.org" in page
    assert reverse("admin:backoffice_suppression_change", args=[suppressed.pk]) in page


def test_while_emails_are_held_one_may_send_and_is_told_that_it_waits(
    lea: Recipient, signed_in: Callable[[str], Client]
) -> None:
    now = timezone.now()
    SendingHold.objects.create(since=now, reason="paused", error_code="SendingPaused", probe_at=now)
    page = text_of(signed_in("Staff"), lea)
    assert way_of(page)
    assert "All emails are held at present" in page


def test_a_recipient_who_is_to_be_added_has_none_of_it(signed_in: Callable[[str], Client]) -> None:
    page = signed_in("Staff").get(reverse("admin:backoffice_recipient_add")).content.decode()
    assert "Messages to this recipient" not in page


@pytest.mark.parametrize("value", ["0", "-1", "x", "9" * 30, "1,2", "²", "\x00", "", " "])
def test_a_list_of_nobody_s_messages_is_a_list(value: str, signed_in: Callable[[str], Client]) -> None:
    assert signed_in("Support").get(reverse(LIST), {"recipient": value}, follow=True).status_code == 200
