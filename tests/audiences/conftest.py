from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from backoffice.models import RecipientField


@pytest.fixture(autouse=True)
def own_files(data_dir: Path) -> None:
    """Uploaded lists go with the test."""


@pytest.fixture
def fields(db: None) -> dict[str, RecipientField]:
    """One of each type."""
    made = [
        RecipientField(name="city", label="City", type="text"),
        RecipientField(name="balance", label="Balance", type="number"),
        RecipientField(name="customer_since", label="Customer since", type="date"),
        RecipientField(name="tier", label="Tier", type="choice", choices="gold\nsilver\nbronze"),
    ]
    return {one.name: one for one in RecipientField.objects.bulk_create(made)}


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("owner")
