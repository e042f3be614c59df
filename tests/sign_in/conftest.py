"""Somebody at the login page, with a password, from an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

PASSWORD = "rather-long-and-unusual"
HOME = "192.0.2.7"


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def sam(person: Callable[[str], User]) -> User:
    """Somebody of the support group whose password is PASSWORD."""
    user = person("Support")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, name: str, password: str = PASSWORD, address: str = HOME, **extra: Any) -> Any:
    """The answer of the login page."""
    form = {"username": name, "password": password}
    return client.post(reverse("admin:login"), form, REMOTE_ADDR=address, **extra)


def may_work(client: Client) -> bool:
    """Whether this browser is let in to the dashboard."""
    return client.get(reverse("admin:index")).status_code == 200
