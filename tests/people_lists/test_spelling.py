"""One spelling of a mailbox, whoever writes it: a form, the model, update(), a fixture."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from backoffice import spelling
from backoffice.emails.addresses import envelope
from backoffice.emails.audience import oneself
from backoffice.emails.errors import Refused
from backoffice.models import Recipient

pytestmark = pytest.mark.django_db

SPELLED = "ann@exämple.org"
SPELLINGS = ["ann@xn--exmple-cua.org", "ann@EXÄMPLE.org.", "\u200bann@exämple。org", " ann@exa\u0308mple.org"]


def by_create(email: str) -> None:
    Recipient.objects.create(email=email, name="\tAnn\u00a0Lee\u200b")


def by_bulk_create(email: str) -> None:
    Recipient.objects.bulk_create([Recipient(email=email, name="\tAnn\u00a0Lee\u200b")])


def by_update(email: str) -> None:
    Recipient.objects.create(email="other@example.org")
    Recipient.objects.update(email=email, name="\tAnn\u00a0Lee\u200b")


def by_fixture(email: str) -> None:
    fields = {"email": email, "name": "\tAnn\u00a0Lee\u200b", "created_at": "2026-01-01T00:00:00Z"}
    path = Path("people.json").resolve()
    path.write_text(
        json.dumps([{"model": "backoffice.recipient", "pk": 7, "fields": fields}]), encoding="utf-8"
    )
    call_command("loaddata", str(path), stdout=StringIO())


@pytest.mark.parametrize("write", [by_create, by_bulk_create, by_update, by_fixture])
@pytest.mark.parametrize("email", SPELLINGS)
def test_it_is_stored_in_one_spelling(
    write: Callable[[str], None], email: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(email)
    stored = Recipient.objects.get()
    assert (stored.email, stored.name) == (SPELLED, "Ann Lee")
    assert Recipient.objects.with_address(email).get() == stored
    assert list(Recipient.objects.with_addresses([email])) == [stored]


@pytest.mark.parametrize("email", SPELLINGS)
def test_another_spelling_is_no_second_person(email: str, admin_client: Client) -> None:
    Recipient.objects.create(email=SPELLED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recipient.objects.create(email=email)
    with pytest.raises(ValidationError, match="already"):
        Recipient(email=email).full_clean()
    page = admin_client.post(reverse("admin:backoffice_recipient_add"), {"email": email, "language": "en"})
    assert "There is a recipient with this address already" in page.content.decode()
    assert Recipient.objects.count() == 1


def test_what_a_form_adds_is_spelled_so_too(admin_client: Client) -> None:
    given = {"email": SPELLINGS[0], "name": " Ann \u200b Lee", "language": "en", "active": "on"}
    admin_client.post(reverse("admin:backoffice_recipient_add"), given)
    assert [(one.email, one.name) for one in Recipient.objects.all()] == [(SPELLED, "Ann Lee")]


def test_a_test_to_oneself_finds_the_other_spelling(django_user_model: Any) -> None:
    known = Recipient.objects.create(email=SPELLED)
    assert oneself(django_user_model(username="a", email=SPELLINGS[0]), "en") == known


def test_what_is_looked_for_is_left_as_it_is_typed() -> None:
    Recipient.objects.create(email=SPELLED, name="Ann Lee")
    assert Recipient.objects.filter(name__contains="n ").exists()
    assert Recipient.objects.filter(email__endswith=".org").exists()


@pytest.mark.parametrize(
    ("given", "travels"),
    [
        ("ann@faß.example", "ann@xn--fa-hia.example"),
        ("ann@fass.example", "ann@fass.example"),
        ("ann@Exämple.org", "ann@xn--exmple-cua.org"),
        ("Ann@Example.org", "Ann@Example.org"),
        ("ann@i❤.ws", "ann@xn--i-7iq.ws"),
    ],
)
def test_it_travels_in_ascii(given: str, travels: str) -> None:
    assert envelope(given) == travels


def test_what_no_domain_can_be_does_not_travel() -> None:
    with pytest.raises(Refused):
        envelope(f"ann@{'ä' * 64}.org")


@pytest.mark.parametrize("email", ["sam@localhost", "sam@[192.0.2.7]", "x" * 65 + "@example.org"])
def test_what_no_mail_service_takes_is_no_address(email: str) -> None:
    with pytest.raises(ValidationError, match=r"No mail reaches|at most 64"):
        Recipient(email=email).full_clean()
    Recipient(email="x" * 64 + "@example.org").full_clean()


ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (f"Ann {ENGLAND} Lee", f"Ann {ENGLAND} Lee"),
        (f"{ENGLAND}{ENGLAND}", f"{ENGLAND}{ENGLAND}"),
        ("Ann\U000e0041\U000e0042 Lee", "Ann Lee"),
        ("\U000e0067Ann", "Ann"),
    ],
)
def test_tags_stay_where_they_say_whose_flag_it_is(given: str, kept: str) -> None:
    assert spelling.one_line(given) == kept


def test_spelling_twice_changes_nothing() -> None:
    for email in (*SPELLINGS, "'Ann'@x.org", "no address", "a@b@C.org", "ann@xn--.org", "ann@i❤.ws", "@", ""):
        once = spelling.address(email)
        assert spelling.address(once) == once
