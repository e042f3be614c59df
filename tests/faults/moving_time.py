"""Settings of a process whose host's clock is set to another hour: by as many seconds as a file says.

libfaketime makes beat fail (EINVAL): the two ways to ask for the time are moved within the process instead.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from tests.faults.settings import *  # noqa: F403

FILE = Path(os.environ["FAULTS_FOLDER"]) / "clock-is-off-by"
TIME, NOW = time.time, timezone.now


def off_by() -> float:
    try:
        return float(FILE.read_text() or 0)
    except FileNotFoundError:
        return 0.0


def moved_time() -> float:
    return TIME() + off_by()


def moved_now() -> datetime:
    return NOW() + timedelta(seconds=off_by())


time.time, timezone.now = moved_time, moved_now
