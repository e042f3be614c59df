from __future__ import annotations

from pathlib import Path

import pytest

from backoffice.models import Recipient


@pytest.fixture(autouse=True)
def own_files(data_dir: Path) -> None:
    """Uploaded lists go with the test."""


@pytest.fixture
def recipient(db: None) -> Recipient:
    return Recipient.objects.create(
        email="zoe@example.org", name="Zoé Ångström", company="Acme", language="fr"
    )
