"""The back office with one more job, which does nothing."""

from __future__ import annotations

from typing import Any

import django
from django import forms

django.setup()

from projet.celery import app  # noqa: E402
from tasks_app.catalogue import job  # noqa: E402
from tasks_app.launching import launch_many  # noqa: E402

__all__ = ["app", "bulk", "noop"]


@job(name="benchmarks.noop", label="Nothing", form=forms.Form, queue="default", listed=False)
def noop(self: Any) -> None:
    pass


def bulk(count: int) -> None:
    launch_many("benchmarks.noop", [{}] * count)
