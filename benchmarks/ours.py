"""The back office with one more job, which does nothing."""

from __future__ import annotations

from typing import Any

import django
from django import forms
from django.utils import timezone

django.setup()

from projet.celery import app  # noqa: E402
from tasks_app.catalogue import job  # noqa: E402
from tasks_app.clock.recovery import PUBLISHER_HEADSTART, publish_due  # noqa: E402
from tasks_app.launching import launch_many  # noqa: E402
from tasks_app.models import Job, State  # noqa: E402

__all__ = ["app", "bulk", "noop"]


@job(name="benchmarks.noop", label="Nothing", form=forms.Form, queue="default", listed=False)
def noop(self: Any) -> None:
    pass


def bulk(count: int) -> None:
    """Launch many, until the broker has them all: what a click's budget leaves over is the clock's."""
    launch_many("benchmarks.noop", [{}] * count)
    while Job.objects.filter(state=State.WAITING, published_at=None).exists():
        publish_due(timezone.now() + PUBLISHER_HEADSTART)
