"""The page "Settings & retention" tells how the installation runs, and no secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse

from backoffice.admin.installation_facts import RETENTIONS, redacted

URL = "admin:settings"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://127.0.0.1:6379/1", "redis://127.0.0.1:6379/1"),
        ("redis://:secret@redis.example.org:6379/1", "redis://:•••@redis.example.org:6379/1"),
        ("rediss://app:secret@redis.example.org/0", "rediss://app:•••@redis.example.org/0"),
        ("redis://redis.example.org/0?password=secret", "redis://redis.example.org/0?…"),
        (
            "sentinel://:secret@one.example.org:26379;sentinel://:secret@two.example.org:26379",
            "sentinel://:•••@one.example.org:26379;sentinel://:•••@two.example.org:26379",
        ),
        ("eu-west-3", "eu-west-3"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert redacted(url) == shown


def test_every_retention_is_explained() -> None:
    assert RETENTIONS.keys() == configured.RETENTION_DAYS.keys()


def test_the_page_shows_each_retention_in_days(signed_in: Callable[[str], Client], settings: Any) -> None:
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"reports": 123}
    text = signed_in("Support").get(reverse(URL)).content.decode()
    assert "123 days" in text
    assert "RETENTION_REPORTS_DAYS" in text


def test_no_password_is_on_the_page(signed_in: Callable[[str], Client], settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://:hunter2@redis.example.org:6379/1"
    text = signed_in("superuser").get(reverse(URL)).content.decode()
    assert "redis.example.org" in text
    assert "hunter2" not in text
    assert configured.SECRET_KEY not in text


def test_the_page_says_what_is_not_well_and_what_to_do(signed_in: Callable[[str], Client]) -> None:
    page = signed_in("Support").get(reverse(URL)).content.decode()
    assert "Is all well?" in page
    assert "No clock is running" in page
    assert "celery -A projet beat" in page
