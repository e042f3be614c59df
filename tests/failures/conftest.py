"""A time that stands until a test moves it."""

from __future__ import annotations

import pytest

from tasks_app.db import shared_time
from tests.failures.work import Time


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    standing = Time()
    monkeypatch.setattr(shared_time, "now", lambda: standing.now)
    return standing
