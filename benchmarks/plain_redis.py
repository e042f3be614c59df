"""Plain Celery, results in Redis."""

from __future__ import annotations

import os

from celery import Celery

from benchmarks import tuning

app = Celery("plain_redis", backend=os.environ["RESULT_URL"])
app.conf.update(tuning.CELERY)


@app.task(name="benchmarks.noop")
def noop() -> None:
    pass
