"""A click while the database is busy or away gets a sentence, in its reader's language."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, InterfaceError, OperationalError, connection, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from projet.views import database_outage
from tasks_app.db.outage import Outage, is_of_the_value, outage_of
from tests.stack import database_url


def caused_by(error: Exception, cause: BaseException | None) -> Exception:
    error.__cause__ = cause
    return error


def of_sqlite(code: int) -> BaseException:
    error = sqlite3.OperationalError("it says no")
    error.sqlite_errorcode = code
    return error


def of_postgresql(state: str) -> BaseException:
    return psycopg.errors.lookup(state)("it says no")


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (caused_by(OperationalError(), of_sqlite(5)), Outage.BUSY),
        (caused_by(OperationalError(), of_sqlite(261)), Outage.BUSY),  # SQLITE_BUSY_RECOVERY
        (caused_by(OperationalError(), of_sqlite(14)), Outage.AWAY),
        (caused_by(OperationalError(), of_sqlite(13)), Outage.FULL),
        (caused_by(OperationalError(), of_sqlite(1)), None),  # no such table
        (caused_by(OperationalError(), of_postgresql("55P03")), Outage.BUSY),
        (caused_by(OperationalError(), of_postgresql("57014")), Outage.BUSY),
        (caused_by(OperationalError(), of_postgresql("40P01")), Outage.BUSY),
        (caused_by(OperationalError(), of_postgresql("53300")), Outage.BUSY),
        (caused_by(OperationalError(), of_postgresql("57P01")), Outage.AWAY),
        (caused_by(OperationalError(), psycopg.OperationalError("no server")), Outage.AWAY),
        (caused_by(OperationalError(), of_postgresql("53100")), Outage.FULL),
        (caused_by(OperationalError(), of_postgresql("54001")), None),
        (InterfaceError("connection already closed"), Outage.AWAY),
        (IntegrityError("twice"), None),
        (ValueError("no database at all"), None),
    ],
    ids=repr,
)
def test_what_an_error_says_of_the_database(error: Exception, outage: Outage | None) -> None:
    assert outage_of(error) == outage


def test_a_value_that_is_too_much_is_not_asked_about_again() -> None:
    assert is_of_the_value(caused_by(OperationalError(), of_postgresql("54001")))
    assert not is_of_the_value(caused_by(OperationalError(), of_postgresql("57P01")))
    assert not is_of_the_value(caused_by(OperationalError(), of_sqlite(5)))


# --- pages -----------------------------------------------------------------------------------------


def busy(request: HttpRequest) -> HttpResponse:
    if "saves" in request.GET:
        Group.objects.create(name="saved before")
    if "undone" in request.GET:
        with transaction.atomic():
            Group.objects.create(name="undone")
            raise caused_by(OperationalError("locked"), of_sqlite(5))
    raise caused_by(OperationalError("locked"), of_sqlite(int(request.GET.get("code", "5"))))


urlpatterns = [path("busy/", busy), path("", include("projet.urls"))]
handler500 = "projet.views.errors.server_error"


@pytest.fixture
def browser(settings: Any, transactional_db: None) -> Client:
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


def test_a_page_says_what_and_that_nothing_was_changed(browser: Client) -> None:
    answer = browser.get("/busy/?a=1")
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    for words in ("The database is busy", "Nothing was changed.", "try again", 'href="/busy/?a=1"'):
        assert words in page


def test_it_is_in_the_readers_language(browser: Client) -> None:
    page = browser.post("/busy/", headers={"accept-language": "fr"}).content.decode()
    assert '<html lang="fr">' in page
    assert "La base de données est occupée" in page
    assert "Rien de ce que vous avez envoyé" in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Nothing of what you sent was saved"),
        ("?undone", "Nothing of what you sent was saved"),
        ("?saves", "A part of what you did was saved"),
    ],
)
def test_it_says_whether_anything_was_saved(browser: Client, query: str, said: str) -> None:
    assert said in browser.post(f"/busy/{query}").content.decode()
    assert Group.objects.exists() == (query == "?saves")


@pytest.mark.parametrize(("code", "words"), [(14, "cannot be reached"), (13, "takes no changes")])
def test_it_tells_apart_what_ails_the_database(browser: Client, code: int, words: str) -> None:
    answer = browser.get(f"/busy/?code={code}")
    assert answer.status_code == 503
    assert words in answer.content.decode()


@pytest.mark.parametrize("debug", [False, True])
def test_whoever_runs_it_at_home_is_told_too_and_not_shown_a_traceback(
    browser: Client, settings: Any, debug: bool
) -> None:
    settings.DEBUG = debug
    answer = browser.post("/busy/")
    assert answer.status_code == 503
    assert "Nothing of what you sent was saved" in answer.content.decode()


@pytest.mark.parametrize("debug", [False, True])
def test_a_fault_of_ours_is_still_one(browser: Client, settings: Any, debug: bool) -> None:
    settings.DEBUG = debug
    assert browser.get("/busy/?code=1").status_code == 500


@pytest.fixture
def held() -> Iterator[None]:
    """Somebody else holds the database, or the table that a sign-in writes to."""
    other: Any
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"])
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(database_url())
        other.execute("LOCK TABLE auth_group IN ACCESS EXCLUSIVE MODE")
    yield
    other.rollback()
    other.close()


def test_a_click_waits_no_longer_than_people_do(
    browser: Client, held: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_outage, "LOCK_PATIENCE", 0.2)
    connections.close_all()
    database_outage.wait_no_longer_than_people_do()
    try:
        answer = browser.post("/busy/?saves")
    finally:
        database_outage.connection_created.disconnect(dispatch_uid="patience of the web")
        connections.close_all()
    assert answer.status_code == 503
    assert "The database is busy" in answer.content.decode()
