"""Plain Celery, results in the database by stock django-celery-results."""

from __future__ import annotations

import os

import django
from celery import Celery

from benchmarks import tuning

django.setup()
app = Celery("plain_db", backend="django-db")
app.conf.update(tuning.CELERY)
if os.environ["KEEP_CONNECTIONS"]:
    app.conf.update(CELERY_DB_REUSE_MAX=tuning.DB_REUSE_MAX)  # Celery reads it under this name alone


@app.task(name="benchmarks.noop")
def noop() -> None:
    pass
