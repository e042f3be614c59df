"""A condition finds exactly whom it says, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone, translation

from backoffice.audiences.conditions import InvalidCondition, in_words, read
from backoffice.audiences.people import count, people_of
from backoffice.audiences.subjects import subjects
from backoffice.models import Comparison, Message, MessageState, Recipient, RecipientField, Suppression
from tests.audiences.making import a_recipient, an_audience, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(fields: dict[str, RecipientField]) -> None:
    own = {"city": "Nîmes", "balance": 1250.5, "customer_since": "2024-02-29", "tier": "gold"}
    a_recipient("ann", ["vip", "press"], company="École du Nord", language="fr", zone="Europe/Paris", own=own)
    own = {"city": "Leeds", "balance": -3, "customer_since": "2025-06-01", "tier": "silver"}
    a_recipient("bob", ["press"], company="Acme Ltd", active=False, own=own)
    a_recipient("cid", company="", own={"balance": 1250})
    a_recipient("dot", name="دانا 🎉", own={"tier": "gold"})
    a_recipient("test", for_tests=True, own={"tier": "gold"})


FINDS = [
    (("language", "is", "fr"), "ann"),
    (("language", "is_not", "fr"), "bob cid dot"),
    (("company", "is", "école du nord"), "ann"),
    (("company", "contains", "ltd"), "bob"),
    (("company", "contains_not", "Ltd"), "ann cid dot"),
    (("company", "contains", "Acme; École"), "ann bob"),
    (("company", "empty", ""), "cid dot"),
    (("company", "filled", ""), "ann bob"),
    (("name", "contains", "🎉"), "dot"),
    (("email", "contains", "@example.org"), "ann bob cid dot"),
    (("zone", "contains", "Europe"), "ann"),
    (("tag", "is", "VIP"), "ann"),
    (("tag", "is", "press;vip"), "ann bob"),
    (("tag", "is_not", "vip"), "bob cid dot"),
    (("tag", "empty", ""), "cid dot"),
    (("tag", "filled", ""), "ann bob"),
    (("opted_out", "is", "yes"), "bob"),
    (("opted_out", "is", "no"), "ann cid dot"),
    (("own:city", "is", "nîmes"), "ann"),
    (("own:city", "is_not", "Nîmes"), "bob cid dot"),
    (("own:city", "contains", "ee"), "bob"),
    (("own:city", "empty", ""), "cid dot"),
    (("own:balance", "is", "1250.50"), "ann"),
    (("own:balance", "is", "1250"), "cid"),
    (("own:balance", "is_not", "1250"), "ann bob dot"),
    (("own:balance", "from", "1250"), "ann cid"),
    (("own:balance", "until", "0"), "bob"),
    (("own:balance", "filled", ""), "ann bob cid"),
    (("own:customer_since", "from", "2024-02-29"), "ann bob"),
    (("own:customer_since", "until", "2024-03-01"), "ann"),
    (("own:customer_since", "is", "2025-06-01"), "bob"),
    (("own:customer_since", "last_days", "36500"), "ann bob"),
    (("own:customer_since", "not_last_days", "36500"), "cid dot"),
    (("own:tier", "is", "Gold"), "ann dot"),
    (("own:tier", "is", "gold; silver"), "ann bob dot"),
    (("own:tier", "is_not", "gold"), "bob cid"),
    (("added", "last_days", "1"), "ann bob cid dot"),
    (("added", "until", "2001-01-01"), ""),
]


def test_each_finds_whom_it_says(people: None, owner: User) -> None:
    # One table of people for all of them.
    told = {asked: found(an_audience(owner, asked, name=str(asked))) for asked, _expected in FINDS}
    assert told == {asked: expected.split() for asked, expected in FINDS}


def test_all_conditions_are_met_and_none_is_everybody(people: None, owner: User) -> None:
    both = an_audience(owner, ("tag", "is", "press"), ("own:tier", "is", "gold"))
    assert found(both) == ["ann"]
    assert found(an_audience(owner, name="All")) == ["ann", "bob", "cid", "dot"]


def test_last_written_to_is_by_the_latest_that_was_handed_over(people: None, owner: User) -> None:
    now = timezone.now()
    for name, days, sent in (("eve", 40, True), ("fay", 5, True), ("fay", 60, True), ("gus", 1, False)):
        one = Recipient.objects.get_or_create(email=f"{name}@example.org")[0]
        message = Message.objects.create(
            recipient=one, to=one.email, state=MessageState.SENT, sent_at=now if sent else None
        )
        Message.objects.filter(pk=message.pk).update(created_at=now - timedelta(days=days))

    def those(comparison: str, value: str = "") -> list[str]:
        return found(an_audience(owner, ("written", comparison, value), name=f"{comparison} {value}"))

    assert those("filled") == ["eve", "fay"]
    assert those("last_days", "10") == ["fay"]
    assert those("not_last_days", "10") == ["ann", "bob", "cid", "dot", "eve", "gus"]
    assert those("until", str((now - timedelta(days=30)).date())) == ["eve"]
    assert those("empty") == ["ann", "bob", "cid", "dot", "gus"]


def test_who_gets_nothing_is_counted_apart(people: None, owner: User) -> None:
    Suppression.objects.create(address="cid@example.org", reason="bounced")
    counts = count(an_audience(owner))
    assert (counts.people, counts.opted_out, counts.suppressed) == (4, 1, 1)


@pytest.mark.parametrize(
    ("subject", "comparison", "typed", "part", "said"),
    [
        ("own:balance", "is", "1,250", "value", "may mean 1.25 or 1250"),
        ("own:balance", "contains", "1", "comparison", "cannot be compared so"),
        ("own:balance", "is", "", "value", "Write what it is compared with"),
        ("own:customer_since", "from", "03/04/2026", "value", "Write which of the two"),
        ("own:customer_since", "last_days", "soon", "value", "number of days"),
        ("own:customer_since", "last_days", "0", "value", "number of days"),
        ("own:customer_since", "last_days", "٣", "value", "number of days"),
        ("own:tier", "is", "platinum", "value", "gold, silver or bronze"),
        ("language", "is", "de", "value", "no choice here"),
        ("tag", "is", "nobody", "value", "There is no tag “nobody”"),
        ("opted_out", "is", "perhaps", "value", "yes or no"),
        ("company", "from", "a", "comparison", "cannot be compared so"),
        ("company", "is", " ; ; ", "value", "Write what it is compared with"),
    ],
)
def test_what_cannot_be_asked_is_refused_beside_what_is_wrong(
    fields: dict[str, RecipientField], subject: str, comparison: str, typed: str, part: str, said: str
) -> None:
    with pytest.raises(InvalidCondition, match=said) as refused:
        read(subjects()[subject], Comparison(comparison), typed)
    assert refused.value.part == part


def test_a_field_that_is_gone_is_said_and_finds_nobody(owner: User) -> None:
    with pytest.raises(InvalidCondition, match="no more"):
        people_of(an_audience(owner, ("own:gone", "is", "x")))


@pytest.mark.parametrize(
    ("language", "condition", "words"),
    [
        ("en", ("own:balance", "from", "1250"), "Balance ≥ 1,250"),
        ("en", ("own:tier", "is", "gold; silver"), "Tier is gold or silver"),
        ("en", ("added", "from", "2026-11-30"), "Added on or after 30 Nov 2026"),
        ("en", ("written", "not_last_days", "30"), "Last written to: not in the last 30 days"),
        ("fr", ("language", "is", "fr"), "Langue est Français"),
    ],
)
def test_a_condition_is_said_in_words(
    fields: dict[str, RecipientField], owner: User, language: str, condition: tuple[str, str, str], words: str
) -> None:
    [one] = an_audience(owner, condition).conditions.all()
    with translation.override(language):
        assert in_words(one, subjects()).replace("\xa0", " ") == words
