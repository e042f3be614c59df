"""What is exported is no formula in any spreadsheet, and comes back as the same people."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.models import Recipient
from backoffice.people_lists.files import csv_of
from tasks_app.spreadsheets import harmless, meant
from tests.people_lists.looking import figures, look

pytestmark = pytest.mark.django_db

EXPORT = "admin:backoffice_recipient_export"
EVIL = [
    "=1+1",
    "+33 6",
    "-x",
    "@sum",
    "\t=x",
    "\r=x",
    "'=x",
    "''@x",
    "'Lee",
    "＝x",
    'a"b,c;d',
    '="x\n;y',
    " =x",
    "' =x",
]


def exported(client: Client, language: str = "en") -> bytes:
    columns = {
        f"recipientresource_{name}": "on" for name in ("email", "name", "company", "language", "active")
    }
    answer = client.post(
        reverse(EXPORT), {"format": "0", "resource": "0", **columns}, headers={"accept-language": language}
    )
    return bytes(answer.content)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_export_comes_back_unchanged_and_evaluates_nothing(admin_client: Client, language: str) -> None:
    for number, name in enumerate(EVIL):
        Recipient.objects.create(
            email=f"p{number}@example.org", name=name, company=name, active=number % 2 == 0
        )
    Recipient.objects.create(email="=cmd@example.org", language="fr")
    Recipient.objects.create(email="-x@exämple.org")
    content = exported(admin_client, language)
    rows = list(
        csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter="," if language == "en" else ";")
    )
    assert len(rows) == len(EVIL) + 3
    assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in set("=+-@＝＋－＠\t\r")]
    found = look(content)
    assert figures(found) == {"same": len(EVIL) + 2}


def test_an_export_into_an_empty_house_makes_the_same_people(admin_client: Client) -> None:
    for number, name in enumerate(EVIL):
        Recipient.objects.create(email=f"p{number}@example.org", name=name, active=number % 2 == 0)
    stood = {one.email: (one.name, one.active) for one in Recipient.objects.all()}
    content = exported(admin_client)
    Recipient.objects.all().delete()
    found = look(content)
    assert {
        one.recipient.email: (one.recipient.name, one.recipient.active) for one in found.accepted
    } == stood


def test_nobody_is_exported_by_a_filter_that_is_none(admin_client: Client) -> None:
    """All of them would be more than was asked for."""
    asked = admin_client.post(f"{reverse(EXPORT)}?no_such_field=x", {"format": "0", "resource": ""})
    assert asked.status_code == 400


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from("'=+-@ \t\r\nab\"，＝"), max_size=6) | st.text(max_size=6))
def test_any_text_comes_back_from_its_cell(text: str) -> None:
    assert meant(harmless(text)) == text
    assert harmless(text).lstrip()[:1] not in set("=+-@＝＋－＠")
    assert harmless(text)[:1] not in set("\t\r\n")


def test_a_cell_is_quoted_and_marked_for_excel() -> None:
    assert csv_of([["a", "=b"]]) == b"\xef\xbb\xbfa,'=b\r\n"
