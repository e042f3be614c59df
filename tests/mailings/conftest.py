from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from backoffice.emails import pace
from tests.mailings.making import PostOffice
from tests.pages.conftest import fresh_cache, signed_in  # noqa: F401 - fixtures


@pytest.fixture
def author(db: None) -> User:
    return User.objects.create_user("author")


@pytest.fixture
def reviewer(db: None) -> User:
    return User.objects.create_user("reviewer")


@pytest.fixture(autouse=True)
def no_memory_of_other_tests() -> None:
    pace.forget()


@pytest.fixture(autouse=True)
def without_approval(settings: Any) -> None:
    """Tests of approvals say so."""
    settings.MAILING_APPROVAL_ABOVE = 1_000


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    office = PostOffice()
    monkeypatch.setattr("backoffice.mailings.calls.transport", lambda: ("ses", office))
    return office
