"""A time that stands still: what is compared with a moment does not hang on how long a test takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.utils import timezone

from tasks_app.db import shared_time


@contextmanager
def standing_still(moment: datetime) -> Iterator[None]:
    """Within it, it is that moment for this process, and its database says so."""
    with pytest.MonkeyPatch.context() as patch:
        for clock in ((timezone, "now"), (shared_time, "now"), (shared_time, "database_now")):
            patch.setattr(*clock, lambda: moment)
        yield
