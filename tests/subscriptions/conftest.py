from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Where documents and emails go."""
    settings.MEDIA_ROOT, settings.OUTBOX_DIR = tmp_path / "files", tmp_path / "outbox"
    return tmp_path  # type: ignore[return-value]


@pytest.fixture
def manager(client: Client, person: Callable[[str], Any]) -> Any:
    """Signed in."""
    user = person("Managers")
    client.force_login(user)
    return user


@pytest.fixture
def sharing(manager: Any, settings: Any) -> Any:
    """The manager may have reports sent to example.com, and people outside can unsubscribe."""
    settings.PUBLIC_URL, settings.REPORT_SHARE_DOMAINS = "https://open.example.org", ["example.com"]
    manager.user_permissions.add(Permission.objects.get(codename="share_report"))
    return manager
