"""Recipients by CSV: a dry run first, each rejected line with its reason, accepted lines imported."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from backoffice.models import Recipient

IMPORT = "/admin/backoffice/recipient/import/"
CONFIRM = "/admin/backoffice/recipient/process_import/"

MIXED = (
    "E-mail;Nom;Société;Langue;Actif\n"
    "new@example.org;Renée Née;Boulangerie;français;oui\n"
    "not an address;Bad;;;\n"
    "NEW@example.org;Twice;;;\n"
    "ZOE@example.org;Zoé Changed;Acme;fr;non\n"
    "x@example.org;=cmd();;klingon;\n"
    "y@example.org;Y;;;perhaps\n"
)


@pytest.fixture(autouse=True)
def own_files(data_dir: Path) -> None:
    """Uploaded lists go with the test."""


def upload(client: Client, content: bytes) -> Any:
    return client.post(IMPORT, {"import_file": SimpleUploadedFile("list.csv", content), "format": "0"})


def hidden_fields(page: str) -> dict[str, str]:
    return {
        name: value
        for tag in re.findall(r"<input type=\"hidden\"[^>]*>", page)
        for name in re.findall(r'name="(\w+)"', tag)
        for value in re.findall(r'value="([^"]*)"', tag)
        if name != "csrfmiddlewaretoken"
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_dry_run_changes_nothing_and_says_what_is_wrong(
    admin_client: Client, recipient: Recipient, encoding: str
) -> None:
    page = upload(admin_client, MIXED.encode(encoding)).content.decode()
    assert [one.email for one in Recipient.objects.all()] == ["zoe@example.org"]
    assert "Enter a valid email address" in page
    assert "stands on line 2 already" in page
    assert "klingon" in page
    assert "Write yes or no here" in page
    assert "Renée Née" in page


def test_accepted_lines_are_imported_while_rejected_ones_are_left_out(
    admin_client: Client, recipient: Recipient
) -> None:
    page = upload(admin_client, MIXED.encode()).content.decode()
    answer = admin_client.post(CONFIRM, hidden_fields(page))
    assert answer.status_code == 302
    kept = {one.email: one for one in Recipient.objects.all()}
    assert len(kept) == 2
    new = kept["new@example.org"]
    assert (new.name, new.company, new.language, new.active) == ("Renée Née", "Boulangerie", "fr", True)
    recipient.refresh_from_db()
    assert (recipient.name, recipient.active) == ("Zoé Changed", False)


def test_rejected_lines_come_back_as_a_file_with_the_reason(
    admin_client: Client, recipient: Recipient
) -> None:
    page = upload(admin_client, MIXED.encode()).content.decode()
    answer = admin_client.post(f"{IMPORT}rejected/", hidden_fields(page))
    assert "rejected-lines.csv" in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["email"] for row in rows] == [
        "not an address",
        "NEW@example.org",
        "x@example.org",
        "y@example.org",
    ]
    assert "valid email address" in rows[0]["error"]
    assert rows[2]["name"] == "'=cmd()", "a spreadsheet would run it"
    assert not Recipient.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "no line at all"),
        (b"Name;Company\nA;B\n", "exactly one of them"),
        (b"email,mail\na@x.org,b@x.org\n", "exactly one of them"),
        (b"\x00\xff\xfe\x00PK\x03\x04", "first line must name the columns"),
    ],
)
def test_a_file_that_is_no_list_is_explained(admin_client: Client, content: bytes, said: str) -> None:
    page = upload(admin_client, content).content.decode()
    assert said in page
    assert "Traceback" not in page


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_usual_delimiter_is_understood(admin_client: Client, delimiter: str) -> None:
    page = upload(
        admin_client, delimiter.join(["email", "name\na@example.org", "A"]).encode()
    ).content.decode()
    admin_client.post(CONFIRM, hidden_fields(page))
    assert Recipient.objects.get().name == "A"


def test_who_may_only_look_imports_nothing(client: Client, db: None) -> None:
    looker = User.objects.create_user("l", "l@example.org", "x", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_recipient"))
    client.force_login(looker)
    assert upload(client, MIXED.encode()).status_code == 403
    assert client.post(f"{IMPORT}rejected/", {}).status_code == 403
    assert client.get(reverse("admin:backoffice_recipient_export")).status_code == 200


def test_who_may_nothing_exports_nothing(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("n", "n@example.org", "x", is_staff=True))
    assert client.get(reverse("admin:backoffice_recipient_export")).status_code == 403
