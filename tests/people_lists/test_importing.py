"""A list is imported once, whole or not at all, and tells what it did."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from backoffice import prunables, storage
from backoffice.models import PeopleList, Recipient
from backoffice.people_lists import importing
from backoffice.people_lists.errors import UnreadableList
from backoffice.people_lists.verdicts import Judge, Outcome
from tasks_app.audit.entries import said
from tasks_app.audit.recording import Line
from tasks_app.models import AuditItem
from tests.people_lists.test_pages import CONFIRM, IMPORT, hidden_fields, upload

pytestmark = pytest.mark.django_db

LIST = b"email,name,active\nnew@example.org,New,\nzoe@example.org,Zo\xc3\xab,yes\n\nbad,X,\n"


@pytest.fixture
def user() -> User:
    return User.objects.create_superuser("ann", "ann@example.org", "x")


def kept(user: User, content: bytes = LIST) -> PeopleList:
    return importing.keep(content, "people.csv", user)


def test_a_second_confirmation_imports_nothing_and_says_what_the_first_did(
    admin_client: Client, recipient: Recipient
) -> None:
    fields = hidden_fields(upload(admin_client, LIST).content.decode())
    first = admin_client.post(CONFIRM, fields, follow=True).content.decode()
    assert "Lines: 4. New: 1, changed: 1, as they were: 0, rejected: 1, empty: 1." in first
    Recipient.objects.filter(email="new@example.org").update(name="Renamed since")
    second = admin_client.post(CONFIRM, fields, follow=True).content.decode()
    assert "was imported before, and nothing was done a second time" in second
    assert "Lines: 4. New: 1, changed: 1, as they were: 0, rejected: 1, empty: 1." in second
    assert Recipient.objects.get(email="new@example.org").name == "Renamed since"
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == [
        "Imported the list “list.csv”. New: 1, changed: 1."
    ]


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_at_once_import_once(user: User) -> None:
    people = kept(user, b"email\n" + b"".join(b"p%d@example.org\n" % number for number in range(300)))
    together, done = threading.Barrier(2), []

    def click() -> None:
        together.wait(10)
        try:
            done.append(importing.carry_out(people, user, may_return=False).again)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, True]
    assert Recipient.objects.count() == AuditItem.objects.count() == 300
    assert LogEntry.objects.count() == 1


def test_what_fails_halfway_leaves_nothing_and_may_be_tried_again(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.people_lists.importing.BATCH", 2)
    people = kept(user, b"email\na@example.org\nb@example.org\nc@example.org\n")

    def fail(verdict: Any, recipient: Recipient, own: Any) -> Line:
        if recipient.email == "c@example.org":
            raise IntegrityError
        return line(verdict, recipient, own)

    line = importing._line
    monkeypatch.setattr(importing, "_line", fail)
    with pytest.raises(IntegrityError):
        importing.carry_out(people, user, may_return=False)
    monkeypatch.setattr(importing, "_line", line)
    assert not LogEntry.objects.exists()
    assert not Recipient.objects.exists()
    assert importing.carry_out(people, user, may_return=False).figures.accepted == 3


def test_what_is_imported_is_judged_anew(user: User) -> None:
    """Between the look and the click somebody was added, and somebody opted out."""
    people = kept(user, b"email,name\nnew@example.org,New\nzoe@example.org,Zoe\n")
    Recipient.objects.create(email="NEW@example.org", active=False)
    done = importing.carry_out(people, user, may_return=False)
    assert (done.figures.by_outcome[Outcome.NEW], done.figures.by_outcome[Outcome.CHANGED]) == (1, 1)
    assert not Recipient.objects.with_address("new@example.org").get().active


@pytest.mark.parametrize("ticked", [True, False])
def test_who_opted_out_comes_back_only_by_a_choice(admin_client: Client, ticked: bool) -> None:
    gone = Recipient.objects.create(email="gone@example.org", name="Gone", active=False)
    page = upload(admin_client, b"email,name,active\ngone@example.org,Gone,yes\n").content.decode()
    assert "1 person of this list opted out, and the list says yes" in page
    assert "Gone &lt;gone@example.org&gt;" in page
    assert "1 as they were" in page
    admin_client.post(CONFIRM, hidden_fields(page) | ({"may_return": "1"} if ticked else {}))
    gone.refresh_from_db()
    assert gone.active is ticked


def test_each_person_s_history_says_what_changed_in_the_reader_s_language(user: User) -> None:
    Recipient.objects.create(email="zoe@example.org", name="Zoe", company="Acme")
    importing.carry_out(kept(user), user, may_return=False)
    added, changed = AuditItem.objects.order_by("object_repr")
    assert (added.object_repr, said(added.change_message)) == ("New <new@example.org>", "Added.")
    assert said(changed.change_message) == "Changed. Name: Zoe → Zoë."
    with override("fr"):
        assert "nom" in said(changed.change_message).lower()
    assert LogEntry.objects.get().get_change_message() == (
        "Imported the list “people.csv”. New: 1, changed: 1."
    )


def test_somebody_else_s_list_cannot_be_confirmed_or_read(client: Client, user: User) -> None:
    people = kept(user)
    client.force_login(User.objects.create_superuser("eve", "eve@example.org", "x"))
    answer = client.post(CONFIRM, {"list": people.pk}, follow=True)
    assert "it is not here any more" in answer.content.decode()
    assert client.post(f"{IMPORT}rejected/", {"list": people.pk}).status_code == 400
    assert not Recipient.objects.exists()


@pytest.mark.parametrize("value", ["", "x", "\x00", "../../etc/passwd", "0" * 33, "\ud800"])
def test_a_list_that_is_none_is_told(admin_client: Client, value: str) -> None:
    data = f"list={value}".encode(errors="surrogatepass")
    kind = "application/x-www-form-urlencoded"
    answer = admin_client.post(CONFIRM, data, content_type=kind, follow=True)
    assert "it is not here any more" in answer.content.decode()
    assert admin_client.post(f"{IMPORT}rejected/", data, content_type=kind).status_code == 400


def test_a_file_that_went_is_told_and_nothing_is_claimed(admin_client: Client) -> None:
    fields = hidden_fields(upload(admin_client, LIST).content.decode())
    people = PeopleList.objects.get()
    default_storage.delete(people.file)
    answer = admin_client.post(CONFIRM, fields, follow=True)
    assert "Nothing was imported: the file cannot be read any more" in answer.content.decode()
    people.refresh_from_db()
    assert people.imported_at is None


def test_a_storage_that_takes_nothing_is_told(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise storage.StorageRefused("The storage refused it.")

    monkeypatch.setattr(storage, "keep", refuse)
    assert "The storage refused it." in upload(admin_client, LIST).content.decode()
    assert not PeopleList.objects.exists()


def test_lists_are_forgotten_after_a_day_with_their_files(user: User) -> None:
    old, young = kept(user), kept(user)
    PeopleList.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    [lists] = [one for one in prunables.PRUNABLES if one.key == "people_lists"]
    assert lists.count(timezone.now(), 10) == 1
    assert lists.prune(timezone.now(), 10, {}) == 1
    assert list(PeopleList.objects.all()) == [young]
    assert [default_storage.exists(one.file) for one in (old, young)] == [False, True]


def test_a_list_that_waits_is_no_stray_and_a_former_upload_is(user: User) -> None:
    people = kept(user)
    former = default_storage.save("django-import-export/abc", default_storage.open(people.file))
    assert list(storage.strays(timezone.now() + timedelta(minutes=1))) == [former]


def test_lines_below_are_read_before_anything_is_written(user: User) -> None:
    people = kept(user, b'email,name\na@example.org,A\nb@example.org,"B\n')
    with pytest.raises(UnreadableList):
        importing.carry_out(people, user, may_return=False)
    assert not Recipient.objects.exists()


def test_the_lookup_of_a_batch_is_one_query(django_assert_num_queries: Any) -> None:
    from backoffice.people_lists.reading import read

    file = read(b"email\n" + b"".join(b"p%d@example.org\n" % number for number in range(900)))
    with django_assert_num_queries(1):
        assert len(list(Judge(file.columns).verdicts(file.rows()))) == 900


def test_the_example_is_a_list(admin_client: Client) -> None:
    for language in ("en", "fr"):
        answer = admin_client.get(f"{IMPORT}example/", headers={"accept-language": language})
        assert re.search(r'filename="[\w-]+\.csv"', answer["Content-Disposition"])
        page = upload(admin_client, answer.content).content.decode()
        assert "2 new" in page or "2 nouveaux" in page, page[:500]
