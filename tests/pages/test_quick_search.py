"""Ctrl-K: what is found, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from backoffice.models import EmailTemplate, Message, Recipient
from tasks_app.models import State
from tasks_app.search import finding
from tests.pages.rows import make_job, make_schedule
from tests.search.test_small_tables import a_report

pytestmark = pytest.mark.django_db


def search(client: Client, term: str) -> str:
    return unescape(client.get(reverse("admin:search"), {"s": term}).content.decode())


@pytest.mark.parametrize("typed", ["Sam@ex", "EXAMPLE", "m@e", "sá"])
def test_a_job_is_found_by_a_part_of_an_address(typed: str, signed_in: Callable[[str], Client]) -> None:
    make_job(State.FAILED, about="sam@example.org")
    assert "sam@example.org" in search(signed_in("Support"), typed)


@pytest.mark.parametrize("typed", ["activity", "Activity – Last", "LAST MONTH", "month"])
def test_an_order_of_a_report_is_found_by_words_of_its_title(
    typed: str, signed_in: Callable[[str], Client]
) -> None:
    make_job(State.SUCCEEDED, about="Activity – Last month")
    assert "Activity – Last month" in search(signed_in("Support"), typed)


def test_rows_of_each_list_are_found_by_who_may_see_that_list(
    signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    person("superuser")
    User.objects.filter(username="superuser").update(last_name="Zoëlle")
    Recipient.objects.create(email="z@example.org", name="Zoëlle Martin")
    Message.objects.create(to="z@example.org", sender="us@example.org", subject="Bonjour Zoëlle")
    EmailTemplate.objects.create(slug="z", name="For Zoëlle", subject="s", text="t")
    make_schedule(name="Zoëlle’s schedule")
    things = {"Bonjour Zoëlle", "Zoëlle Martin", "For Zoëlle", "Zoëlle’s schedule", "Alex Zoëlle"}
    seen = {"superuser": things, "Support": things - {"Alex Zoëlle"}, "Managers": set()}
    for role, expected in seen.items():
        text = search(signed_in(role), "ZOELLE")
        assert {one for one in things if f'data-title="{one}"' in text} == expected, role


def test_a_report_is_found_by_those_who_may_see_its_type(
    signed_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_report("Activité – février 2026", type="activity")
    assert "Activité – février 2026" in search(signed_in("superuser"), "fevrier")
    monkeypatch.setattr("backoffice.reports.registry.visible_types", lambda user: [])
    assert "Activité – février 2026" not in search(signed_in("Managers"), "fevrier")


def test_what_is_new_is_found_though_the_same_was_searched_a_moment_ago(
    signed_in: Callable[[str], Client],
) -> None:
    client = signed_in("Support")
    make_job(State.FAILED, about="sam@example.org")
    assert "eve@example.org" not in search(client, "example")
    make_job(State.FAILED, about="eve@example.org")
    assert "eve@example.org" in search(client, "example")


def test_what_was_not_looked_through_is_said_among_what_was_found(
    signed_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FRESH", 1)
    for name in ("sam", "eve"):
        make_job(State.FAILED, about=f"{name}@example.org")
    assert "the clock has not filled the search yet" in search(signed_in("Support"), "nobody of this name")


@pytest.mark.parametrize(
    "typed", ["x" * 10_000, "%", '"', "\x00\x00\x00", " ", "a", "👩‍👩‍👧", "e " * 500, "\u200f\u200e"]
)
def test_whatever_is_typed_is_answered(typed: str, signed_in: Callable[[str], Client]) -> None:
    make_job(State.FAILED, about="sam@example.org")
    client = signed_in("superuser")
    assert client.get(reverse("admin:search"), {"s": typed}).status_code == 200
    assert client.get(reverse("admin:search"), {"s": typed, "page": "zz"}).status_code == 200


def test_who_may_not_see_jobs_finds_none(signed_in: Callable[[str], Client]) -> None:
    make_job(State.FAILED, about="sam@example.org")
    assert "sam@example.org" not in search(signed_in("Managers"), "Sam@ex")


def test_pages_and_launches_are_found_by_name(signed_in: Callable[[str], Client]) -> None:
    text = search(signed_in("Staff"), "send an")
    assert reverse("admin:launch_form", args=["envoi_email"]) in text
    assert reverse("admin:queues") in search(signed_in("Staff"), "queues")


def test_the_box_that_opens_it_says_only_search(signed_in: Callable[[str], Client]) -> None:
    text = signed_in("Staff").get(reverse("admin:index"), headers={"Accept-Language": "en"}).content.decode()
    assert "Search…" in text
    assert "Search apps and models" not in text
