"""Whose language it is: the browser's, until somebody chooses one; and how days and numbers look in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import formats, timezone, translation

from tasks_app.display import moment
from tests.language.english import texts_of

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 11, 22, 8, 15, tzinfo=UTC)


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_superuser("camille", "camille@example.org", "x")


def title(client: Client, accepts: str) -> str:
    page = client.get(reverse("admin:settings"), headers={"accept-language": accepts}).content.decode()
    return next(text for text in texts_of(page) if "|" in text).partition(" |")[0]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("accepts", "expected"),
    [
        ("fr", "Réglages et conservation"),
        ("fr-CA,fr;q=0.8,en;q=0.5", "Réglages et conservation"),
        ("de,fr;q=0.7,en;q=0.3", "Réglages et conservation"),
        ("en-GB,en;q=0.9,fr;q=0.5", "Settings & retention"),
        ("ja", "Settings & retention"),
    ],
)
def test_the_browser_decides(user: User, accepts: str, expected: str) -> None:
    assert title(browser(user), accepts) == expected


def test_a_choice_in_the_menu_sticks(user: User) -> None:
    client = browser(user)
    menu = client.get(reverse("admin:index"), headers={"accept-language": "en"}).content.decode()
    assert f'action="{reverse("set_language")}"' in menu
    client.post(reverse("set_language"), {"language": "fr", "next": reverse("admin:index")})
    assert title(client, "en") == "Réglages et conservation"
    client.post(reverse("set_language"), {"language": "en", "next": reverse("admin:index")})
    assert title(client, "fr") == "Settings & retention"


def test_the_page_says_its_language(user: User) -> None:
    page = browser(user).get(reverse("admin:index"), headers={"accept-language": "fr"})
    assert page.headers["Content-Language"] == "fr"
    assert '<html lang="fr"' in page.content.decode()


@pytest.mark.parametrize(
    ("language", "day", "shown", "number"),
    [
        ("fr", "22 novembre 2026, 09:15", "22 nov. 2026, 09:15 CET", "1\xa0234,5"),
        ("en", "22 Nov 2026, 09:15", "22 Nov 2026, 09:15 CET", "1,234.5"),
    ],
)
def test_days_and_numbers(language: str, day: str, shown: str, number: str) -> None:
    with translation.override(language):
        local = timezone.localtime(MORNING)
        assert formats.date_format(local, "DATETIME_FORMAT") == day
        assert texts_of(moment(MORNING))[-1] == shown
        assert formats.number_format(1234.5, 1, force_grouping=True) == number


@pytest.mark.parametrize(
    ("at", "shown"),
    [(0, "25 Oct 2026, 02:30 CEST"), (1, "25 Oct 2026, 02:30 CET"), (2, "25 Oct 2026, 03:30 CET")],
)
def test_a_moment_in_the_hour_that_autumn_has_twice_says_which(at: int, shown: str) -> None:
    with translation.override("en"):
        assert shown in moment(datetime(2026, 10, 25, at, 30, tzinfo=UTC))
