"""The Celery task class of every job."""

from __future__ import annotations

from celery import Task


class JobTask(Task):
    abstract = True
