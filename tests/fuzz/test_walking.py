"""The walk sees what it is for: a fault is found and named, a field that a view asks for is heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.test import Client

from tasks_app.admin.queues import page
from tests.fuzz.asked_names import heard
from tests.fuzz.forms_of_pages import forms_of
from tests.fuzz.routes import Route, form_encoded, routes
from tests.fuzz.walking import Try, Walk, ask

pytestmark = [pytest.mark.django_db, pytest.mark.once]

QUEUES = Try("GET", "/admin/queues/")


@pytest.fixture
def client(person: Callable[[str], Any]) -> Client:
    browser = Client(raise_request_exception=False)
    browser.force_login(person("superuser"))
    return browser


def test_a_page_that_fails_is_a_fault_with_its_name_and_the_request(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "figures", lambda: 1 // 0)
    walk = Walk("superuser")
    assert ask(client, QUEUES, walk).status_code == 500
    [(fault, request)] = walk.faults.items()
    assert "ZeroDivisionError" in fault
    assert "_shown" in fault
    assert request == "GET /admin/queues/"


def test_so_is_a_transaction_that_is_spoilt_by_an_error_that_was_swallowed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swallow(request: HttpRequest) -> HttpResponse:
        connection.needs_rollback = True
        return HttpResponse()

    monkeypatch.setattr("tests.fuzz.walking.sent", lambda client, one: swallow(HttpRequest()))
    walk = Walk("superuser")
    ask(client, QUEUES, walk)
    assert list(walk.faults) == ["it leaves a transaction that the database has given up"]


def test_a_page_that_opens_is_none(client: Client) -> None:
    walk = Walk("superuser")
    assert ask(client, QUEUES, walk).status_code == 200
    assert not walk.faults


def test_names_are_heard_however_they_are_asked_for() -> None:
    asked = QueryDict("a=1")
    with heard() as names:
        asked.get("a")
        asked.getlist("b")
        assert "c" not in asked
        with pytest.raises(KeyError):
            asked["d"]
    assert names == {"a", "b", "c", "d"}


def test_a_form_is_read_as_a_browser_would_send_it() -> None:
    [form] = forms_of(
        '<form method="post" action="x/"><input name="a" value="1"><input type="checkbox" name="b" value="2">'
        '<select name="c"><option value="3"><option value="4" selected></select><input type="file" name="f">'
        '<textarea name="d">\n5</textarea></form><input name="outside">'
    )
    assert form.data == {"a": ["1"], "b": ["2"], "c": ["4"], "d": ["5"]}
    assert (form.method, form.action, form.files) == ("post", "x/", ["f"])


def test_every_part_of_every_address_is_filled_in() -> None:
    found = routes()
    assert Route("admin/queues/<path:name>/pause/") in found
    assert all("<" not in address and "(" not in address for one in found for address in one.addresses())
    assert Route("a/<x>/").with_parts(x="\ud83d\0/") == "/a/%ED%A0%BD%00%2F/"
    assert form_encoded([("a", "\ud83d &")]) == "a=%ED%A0%BD+%26"
