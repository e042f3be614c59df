"""Ctrl-K: what is found, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tasks_app.models import State
from tests.pages.rows import make_job

pytestmark = pytest.mark.django_db


def search(client: Client, term: str) -> str:
    return unescape(client.get(reverse("admin:search"), {"s": term}).content.decode())


def test_a_job_is_found_by_the_beginning_of_an_address(signed_in: Callable[[str], Client]) -> None:
    make_job(State.FAILED, about="sam@example.org")
    assert "sam@example.org" in search(signed_in("Support"), "Sam@ex")


@pytest.mark.parametrize("typed", ["activity", "Activity – Last"])
def test_a_report_is_found_by_the_beginning_of_its_title(
    typed: str, signed_in: Callable[[str], Client]
) -> None:
    make_job(State.SUCCEEDED, about="Activity – Last month")
    assert "Activity – Last month" in search(signed_in("Support"), typed)


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
