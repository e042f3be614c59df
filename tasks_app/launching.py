"""Launching a job: one call writes the row in the caller's transaction; the bell rings after commit."""

from __future__ import annotations

from typing import Any

from tasks_app.models import Job


def launch(
    name: str,
    arguments: dict[str, Any],
    *,
    by: Any = None,
    key: str | None = None,
    rerun_of: Job | None = None,
) -> Job:
    """Write a Job for the task `name` and publish it after commit.

    `key` is the launch key of the form: a second launch with the same key returns the first Job.
    `published_at` of the returned Job (after the transaction) says whether the broker took it.
    """
    raise NotImplementedError


def launch_many(name: str, arguments: list[dict[str, Any]], *, by: Any = None) -> list[Job]:
    """As `launch`, for many argument sets in one INSERT and one pipeline of publishes."""
    raise NotImplementedError


def rerun(
    job: Job, *, by: Any = None, arguments: dict[str, Any] | None = None, key: str | None = None
) -> Job:
    """A new Job with the old one's arguments (or corrected ones), linked by `rerun_of`."""
    raise NotImplementedError


def wait(job: Job, timeout: float) -> Job:
    """The Job once it is final or unknown; raises TimeoutError after `timeout` seconds."""
    raise NotImplementedError
