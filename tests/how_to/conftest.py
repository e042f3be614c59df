from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import current_app


@pytest.fixture
def eager() -> Iterator[None]:
    """Jobs run at once, here: the guides need no worker."""
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False
