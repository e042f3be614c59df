"""Lists bring and take tags, time zones and the house's own fields."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from backoffice.models import Recipient, RecipientField
from backoffice.people_lists import importing
from backoffice.people_lists.own import read_value, tag_names, tags_called, written
from tests.people_lists.looking import figures, look, rejected

pytestmark = pytest.mark.django_db


@pytest.fixture
def fields(db: None) -> None:
    RecipientField.objects.create(name="balance", label="Solde dû", type="number")
    RecipientField.objects.create(name="since", label="Client depuis", type="date")
    RecipientField.objects.create(name="tier", label="Tier", type="choice", choices="Gold\nÉlite")
    RecipientField.objects.create(name="city", label="المدينة", type="text")


def imported(content: str, user: User) -> None:
    importing.carry_out(importing.keep(content.encode(), "l.csv", user), user, may_return=False)


def test_a_list_says_them_by_name_or_label_and_adds_tags(
    fields: None, recipient: Recipient, admin_user: User
) -> None:
    recipient.tags.set(tags_called(["VIP"]).values())
    content = (
        "email;Solde dû;since;TIER;المدينة;Fuseau horaire;Étiquettes\n"
        "zoe@example.org;1 250,50;29/11/2026;elite;دبي;europe/paris;vip, press\n"
        "new@example.org;;;;;;press\n"
    )
    found = look(content)
    assert found.columns.ignored == []
    assert figures(found) == {"new": 1, "changed": 1}
    imported(content, admin_user)
    recipient.refresh_from_db()
    assert recipient.own == {"balance": 1250.5, "since": "2026-11-29", "tier": "Élite", "city": "دبي"}
    assert recipient.zone == "Europe/Paris"
    assert {tag.name for tag in recipient.tags.all()} == {"VIP", "press"}
    new = Recipient.objects.get(email="new@example.org")
    assert (new.own, [tag.name for tag in new.tags.all()]) == ({}, ["press"])
    assert figures(look(content)) == {"same": 2}


def test_what_a_field_does_not_take_rejects_the_line(fields: None) -> None:
    content = (
        "email,balance,since,tier,Time zone,tags\n"
        'a@example.org,"1,250",,,,\nb@example.org,,03/04/2026,,,\nc@example.org,,,lead,,\n'
        f"d@example.org,,,,Mars/Base,\ne@example.org,,,,,{'x' * 61}\nf@example.org,1234567890123456,,,,\n"
    )
    said = dict(rejected(look(content)))
    assert said[2].startswith("Solde dû: “1,250” may mean 1.25 or 1250.")
    assert said[3].startswith("Client depuis: “03/04/2026” may be")
    assert said[4] == "Tier: “lead” is no choice here. Choose one of: Gold or Élite."
    assert said[5].startswith("Time zone: “Mars/Base” is no time zone.")
    assert said[6].startswith("Tags: A tag has at most 60 characters")
    assert len(said) == 6


def test_two_columns_of_one_field_are_refused(fields: None) -> None:
    from backoffice.people_lists.errors import UnreadableList

    with pytest.raises(UnreadableList, match="“balance” and “Solde dû”"):
        look("email,balance,Solde dû\na@example.org,1,2\n")


@pytest.mark.parametrize("number", [0, 5, -3, 1.5, 1.234, -12.345, 1234.567, 999999999999999, 0.001, 1e-07])
def test_a_number_is_read_again_as_it_was_written(fields: None, number: float) -> None:
    balance = RecipientField.objects.get(name="balance")
    assert read_value(balance, written(number)) == number


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_exported_comes_back_unchanged(
    admin_client: Client, fields: None, recipient: Recipient, admin_user: User, language: str
) -> None:
    own = {"balance": -1.234, "since": "2026-11-29", "tier": "Élite", "city": "=1+1"}
    Recipient.objects.filter(pk=recipient.pk).update(own=own, zone="Europe/Paris")
    recipient.tags.set(tags_called(["vip", "=press"]).values())
    names = ("email", "zone", "tags", "own_balance", "own_since", "own_tier", "own_city")
    columns = {f"recipientresource_{name}": "on" for name in names}
    answer = admin_client.post(
        reverse("admin:backoffice_recipient_export"),
        {"format": "0", "resource": "0", **columns},
        headers={"accept-language": language},
    )
    content = bytes(answer.content)
    assert figures(look(content)) == {"same": 1}
    recipient.tags.clear()
    Recipient.objects.filter(pk=recipient.pk).update(own={}, zone="")
    imported(content.decode("utf-8-sig"), admin_user)
    recipient.refresh_from_db()
    assert (recipient.own, recipient.zone) == (own, "Europe/Paris")
    assert {tag.name for tag in recipient.tags.all()} == {"vip", "=press"}


def test_names_of_tags_are_parted_and_each_is_once() -> None:
    assert tag_names(" vip, Press ;VIP,, ") == ["vip", "Press"]
