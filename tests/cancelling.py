"""Cancelling a job as its page does."""

from __future__ import annotations

from typing import Any

from tasks_app import control
from tasks_app.ledger import causes
from tasks_app.ledger.failure import because
from tasks_app.models import Job
from tasks_app.worker.result_writer import tell_that_cancelled

ASKED = because(causes.STOPPED())  # as a version before this one asked: its row said no more


def cancel(job: Job, by: Any) -> str:
    return control.cancel(job, by=by, tell_cancelled=tell_that_cancelled)
