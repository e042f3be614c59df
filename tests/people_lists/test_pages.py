"""The pages of an import: a look first, each rejected line with its reason, accepted lines imported."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from backoffice.models import Recipient
from backoffice.people_lists.verdicts import Judge

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
MANY = 1_000
QUERIES = 40  # for a thousand lines: session, permissions, a look-up, a few statements of many rows each


def upload(client: Client, content: bytes) -> Any:
    return client.post(IMPORT, {"import_file": SimpleUploadedFile("list.csv", content)})


def hidden_fields(page: str) -> dict[str, str]:
    return {
        name: value
        for tag in re.findall(r"<input type=\"hidden\"[^>]*>", page)
        for name in re.findall(r'name="(\w+)"', tag)
        for value in re.findall(r'value="([^"]*)"', tag)
        if name != "csrfmiddlewaretoken"
    }


def test_a_file_that_is_too_large_is_refused_in_words(admin_client: Client, settings: Any) -> None:
    settings.LARGEST_LIST = 100
    page = upload(admin_client, MIXED.encode()).content.decode()
    assert "a list may have 100" in page
    assert "Import it in several parts" in page


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


def test_a_rejected_line_says_what_would_be_right(admin_client: Client, recipient: Recipient) -> None:
    content = "email;language\nzoé@example.org;klingon\nfine@example.org;fr\n"
    page = upload(admin_client, content.encode()).content.decode()
    assert "“klingon” is no language we write in: use en or fr." in page
    assert "Accents before the @ are not accepted" in page
    assert "---" not in page


def people(company: str) -> bytes:
    lines = [f"p{number}@example.org,Person {number},{company}" for number in range(MANY)]
    return "\n".join(["email,name,company", *lines]).encode()


def test_a_long_list_takes_few_queries_to_try_to_import_and_to_change(
    admin_client: Client, db: None, django_assert_max_num_queries: Any
) -> None:
    for company in ("Acme", "Boulangerie"):
        with django_assert_max_num_queries(QUERIES):
            page = upload(admin_client, people(company)).content.decode()
        with django_assert_max_num_queries(QUERIES):
            admin_client.post(CONFIRM, hidden_fields(page))
        assert Recipient.objects.filter(company=company).count() == MANY


def test_of_a_long_list_the_first_hundred_lines_are_shown(admin_client: Client, db: None) -> None:
    rejected = b"\n".join(b"nonsense %d,," % number for number in range(150))
    page = upload(admin_client, people("Acme") + b"\n" + rejected).content.decode()
    assert "The first 100 of 1000 lines." in page
    assert "The first 100 of 150 rejected lines." in page
    assert page.index("nonsense 99") < page.index("p99@example.org"), "what is wrong comes first"
    assert "nonsense 100" not in page
    assert "p100@example.org" not in page


def test_the_figures_of_the_page_close(admin_client: Client, recipient: Recipient) -> None:
    page = upload(admin_client, MIXED.encode() + b"\n;;\nzoe2@example.org;;;;\n").content.decode()
    [lines] = map(int, re.findall(r"(\d+) lines below the names of the columns", page))
    words = ("new", "changed", "as they were", "rejected", "empty")
    parts = [int(number) for word in words for number in re.findall(rf"(\d+) {word}\s*<", page)]
    assert parts == [2, 1, 0, 4, 2]
    assert sum(parts) == lines


def test_the_page_says_which_columns_are_read_and_which_are_not(admin_client: Client, db: None) -> None:
    content = "Prénom;Nom;Téléphone;Courriel;Adresse\nAnn;Lee;1;ann@example.org;1 rue X\n"
    page = " ".join(upload(admin_client, content.encode("utf-16")).content.decode().split())
    assert 'Name ← <q translate="no">Prénom + Nom</q>' in page
    assert '<q translate="no">Téléphone</q>, <q translate="no">Adresse</q>' in page


def test_the_preview_shows_what_a_changed_line_replaces(admin_client: Client, recipient: Recipient) -> None:
    content = "email,name,company,language\nzoe@example.org,Zoé Ångström,Boulangerie,fr\n"
    page = upload(admin_client, content.encode()).content.decode()
    assert re.search(r"<del[^>]*>Acme</del> Boulangerie", page)
    assert "<del" not in page.partition("Boulangerie")[2]


def test_lines_that_change_nothing_are_left_as_they_are(admin_client: Client, recipient: Recipient) -> None:
    content = "email,name,company,language\nzoe@example.org,Zoé Ångström,Acme,fr\n"
    page = upload(admin_client, content.encode()).content.decode()
    assert "1 as they were" in page
    assert "What would be imported" not in page


def test_an_address_added_between_look_up_and_import_undoes_the_import(
    admin_client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = upload(admin_client, b"email\nnew@example.org\nzoe@example.org\n").content.decode()
    look_up = Judge._of_batch

    def look_up_and_add(judge: Judge, rows: Any) -> Any:
        found = look_up(judge, rows)
        Recipient.objects.create(email="Zoe@example.org")
        return found

    monkeypatch.setattr(Judge, "_of_batch", look_up_and_add)
    answer = admin_client.post(CONFIRM, hidden_fields(page), follow=True)
    assert "Nothing was imported" in answer.content.decode()
    assert not Recipient.objects.exists(), "added in the same transaction, which was undone"
    monkeypatch.undo()
    assert (
        "The list is imported"
        in admin_client.post(CONFIRM, hidden_fields(page), follow=True).content.decode()
    )


def test_accepted_lines_are_imported_while_rejected_ones_are_left_out(
    admin_client: Client, recipient: Recipient
) -> None:
    added = recipient.created_at
    page = upload(admin_client, MIXED.encode()).content.decode()
    answer = admin_client.post(CONFIRM, hidden_fields(page))
    assert answer.status_code == 302
    kept = {one.email: one for one in Recipient.objects.all()}
    assert len(kept) == 2
    new = kept["new@example.org"]
    assert (new.name, new.company, new.language, new.active) == ("Renée Née", "Boulangerie", "fr", True)
    recipient.refresh_from_db()
    assert (recipient.name, recipient.active, recipient.email) == ("Zoé Changed", False, "ZOE@example.org")
    assert recipient.created_at == added


def test_rejected_lines_come_back_as_a_file_with_the_reason(
    admin_client: Client, recipient: Recipient
) -> None:
    page = upload(admin_client, MIXED.encode()).content.decode()
    answer = admin_client.post(f"{IMPORT}rejected/", hidden_fields(page))
    assert "rejected-lines.csv" in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["E-mail"] for row in rows] == [
        "not an address",
        "NEW@example.org",
        "x@example.org",
        "y@example.org",
    ]
    assert [row["Line"] for row in rows] == ["3", "4", "6", "7"]
    assert "valid email address" in rows[0]["What is wrong"]
    assert rows[2]["Nom"] == "'=cmd()", "a spreadsheet would run it"
    again = upload(admin_client, answer.content).content.decode()
    assert "3 rejected" in again, "the address that stood there twice stands there once now"
    assert '<q translate="no">Line</q>, <q translate="no">What is wrong</q>' in again
    assert not Recipient.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "no line at all"),
        (b"Name;Company\nA;B\n", "exactly one of them"),
        (b"email,mail\na@x.org,b@x.org\n", "Two columns hold addresses"),
        (b"PK\x03\x04\x00\x06\xff\xfe", "This workbook is damaged"),
        (b'email,name\na@example.org,"' + b"x" * 140_000, "a quote"),
    ],
)
def test_a_file_that_is_no_list_is_explained(admin_client: Client, content: bytes, said: str) -> None:
    page = upload(admin_client, content).content.decode()
    assert said in page
    assert "Take your list as it is" in page
    assert "Traceback" not in page


def test_a_form_without_a_file_asks_for_one(admin_client: Client) -> None:
    assert "This field is required" in admin_client.post(IMPORT, {"x": "y"}).content.decode()


def test_a_test_address_is_not_exported_until_a_list_names_it(admin_client: Client, db: None) -> None:
    mine = Recipient.objects.create(email="me@example.org", for_tests=True)
    columns = {f"recipientresource_{name}": "on" for name in ("email", "name")}
    chosen = {"format": "0", "resource": "0", **columns}
    export = reverse("admin:backoffice_recipient_export")
    assert b"me@example.org" not in admin_client.post(export, chosen).content
    page = upload(admin_client, b"email\nme@example.org\n").content.decode()
    admin_client.post(CONFIRM, hidden_fields(page))
    mine.refresh_from_db()
    assert not mine.for_tests
    assert b"me@example.org" in admin_client.post(export, chosen).content


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
