"""What a mailing takes down of its audience: each person once, as they were, whatever happens meanwhile."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from backoffice.audiences.conditions import InvalidCondition
from backoffice.audiences.erasing import erase
from backoffice.mailings import freezing
from backoffice.models import (
    Audience,
    AudienceKind,
    AudienceMember,
    Mailing,
    MailingPerson,
    MailingState,
    Recipient,
    RecipientField,
)
from tests.audiences.making import a_recipient, an_audience, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(fields: dict[str, RecipientField]) -> list[Recipient]:
    own = {"balance": 12.5, "tier": "gold"}
    return [
        a_recipient(f"p{number}", name=f"Person {number}", language="fr", zone="Europe/Paris", own=own)
        for number in range(7)
    ]


def a_mailing(audience: Audience) -> Mailing:
    return Mailing.objects.create(name="News", audience=audience)


def test_it_is_the_audience_with_the_values_of_that_moment(
    people: list[Recipient], owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "STEP", 3)
    a_recipient("silver", own={"tier": "silver"})
    Recipient.objects.filter(pk=people[0].pk).update(active=False)
    mailing = a_mailing(an_audience(owner, ("own:tier", "is", "gold")))
    assert freezing.freeze(mailing) == 7
    assert (mailing.state, mailing.audience_name) == (MailingState.FROZEN, "Everybody we mean")
    Recipient.objects.update(name="Another", own={})
    rows = MailingPerson.objects.filter(mailing=mailing)
    assert [row.recipient_id for row in rows] == [one.pk for one in people]
    assert [row.active for row in rows] == [False] + 6 * [True]
    one = rows[1]
    assert (one.email, one.address, one.name) == ("p1@example.org", "p1@example.org", "Person 1")
    assert (one.language, one.zone, one.values) == ("fr", "Europe/Paris", {"balance": 12.5, "tier": "gold"})


def test_who_joins_after_it_began_is_not_in_it_and_a_death_loses_nobody(
    people: list[Recipient], owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "STEP", 3)
    mailing = a_mailing(an_audience(owner))
    assert freezing.begin(mailing)
    assert freezing.step(mailing.pk)
    a_recipient("late")
    with monkeypatch.context() as dies:  # after its rows are written, before its place is
        dies.setattr("django.db.models.query.QuerySet.update", lambda *_args, **_values: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            freezing.step(mailing.pk)
    assert MailingPerson.objects.count() == 3
    assert not freezing.begin(mailing)  # it has begun
    assert freezing.freeze(mailing) == 7
    assert not MailingPerson.objects.filter(address__startswith="late").exists()
    assert not freezing.step(mailing.pk)  # it is whole
    assert MailingPerson.objects.count() == 7


def test_a_chosen_list_and_a_file_are_taken_down_too(people: list[Recipient], owner: User) -> None:
    chosen = Audience.objects.create(name="Chosen", kind=AudienceKind.CHOSEN, owner=owner)
    AudienceMember.objects.create(audience=chosen, recipient=people[2])
    assert freezing.freeze(a_mailing(chosen)) == 1
    Recipient.objects.filter(pk=people[3].pk).update(active=False)
    content = "email,name,Amount due\nP3@Example.org,Pat,12 €\nstranger@example.org,Sam,\n"
    file = a_mailing(uploaded(owner, content))
    assert freezing.freeze(file) == 2
    known, stranger = MailingPerson.objects.filter(mailing=file)
    assert (known.recipient, known.active, known.values) == (people[3], False, {"amount_due": "12 €"})
    assert (stranger.recipient, stranger.active, stranger.values) == (None, True, {})


def test_an_address_is_once_in_it_however_it_is_spelled(people: list[Recipient], owner: User) -> None:
    mailing = a_mailing(an_audience(owner))
    MailingPerson.objects.create(mailing=mailing, email="P1@x", address="p1@example.org", active=True)
    assert freezing.freeze(mailing) == 7


def test_what_cannot_be_asked_begins_nothing(owner: User) -> None:
    mailing = a_mailing(an_audience(owner, ("own:gone", "is", "x")))
    with pytest.raises(InvalidCondition):
        freezing.freeze(mailing)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DRAFT


def test_who_is_erased_is_counted_on_and_named_nowhere(people: list[Recipient], owner: User) -> None:
    file = uploaded(owner, "email,city\np0@example.org,Nîmes\np1@example.org,Lyon\n")
    everybody, of_file = a_mailing(an_audience(owner)), a_mailing(file)
    counted = [freezing.freeze(everybody), freezing.freeze(of_file)]
    erase(people[:2])
    assert [MailingPerson.objects.filter(mailing=one).count() for one in (everybody, of_file)] == counted
    erased = MailingPerson.objects.filter(address=None)
    assert {(one.email, one.name, one.recipient_id, str(one.values)) for one in erased} == {
        ("", "", None, "{}")
    }
    assert erased.count() == 4
    assert not file.lines.exists()
    assert MailingPerson.objects.exclude(address=None).count() == 5
