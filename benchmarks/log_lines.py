"""What a job that writes ten log lines costs beside one that writes none: both do nothing else.

Celery's own tracer runs them in this process, claim and end included, in paired blocks. The processor's time
is this process's, and most of what lines take of it is Python's own logging; PostgreSQL's part is in the
time by the clock, which alone is promised.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from statistics import median
from typing import Any

import django

django.setup()

from celery.app.trace import build_tracer  # noqa: E402
from django import forms  # noqa: E402
from kombu.utils.uuid import uuid  # noqa: E402

from benchmarks import floors  # noqa: E402
from projet.celery import app  # noqa: E402
from tasks_app.catalogue import job  # noqa: E402
from tasks_app.launching import launch_many  # noqa: E402
from tasks_app.models import Job, LogChunk  # noqa: E402

JOBS = 300  # a block
ROUNDS = 9
LINES = 10
CLOCK = "by the clock"
MOST = 1.15  # of the time of one that writes none
logger = logging.getLogger("benchmarks")


@job(name="benchmarks.silent", label="Silent", form=forms.Form, listed=False)
def silent(self: Any) -> None:
    pass


@job(name="benchmarks.chatty", label="Chatty", form=forms.Form, listed=False)
def chatty(self: Any) -> None:
    for number in range(LINES):
        logger.info("Line %d of %d, as a job writes it", number, LINES)


def block(task: Any) -> tuple[float, float]:
    """Seconds by the clock and of the processor, for one job of a block."""
    tracer = build_tracer(task.name, app.tasks[task.name], app=app)
    jobs = launch_many(task.name, [{}] * JOBS)
    requests = [one.message["headers"] | _delivered(one) for one in jobs]
    began, busy = time.perf_counter(), time.process_time()
    for request in requests:
        tracer(request["id"], [], {}, request)
    return (time.perf_counter() - began) / JOBS, (time.process_time() - busy) / JOBS


def _delivered(one: Job) -> dict[str, Any]:
    """What Celery adds to a message's headers as a worker takes it."""
    return {
        "args": [],
        "kwargs": {},
        "job_token": uuid(),
        "hostname": "bench@here",
        "delivery_info": {"routing_key": one.queue},
        "is_eager": False,
    }


def main() -> None:
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - to the end of this process
    for warming in (silent, chatty):
        block(warming)
    pairs = [(block(silent), block(chatty)) for _round in range(ROUNDS)]
    assert LogChunk.objects.count() == (ROUNDS + 1) * JOBS
    assert not Job.objects.exclude(state="succeeded").exists()
    for at, what in enumerate((CLOCK, "of the processor")):
        none, ten = (median(pair[side][at] for pair in pairs) * 1e3 for side in (0, 1))
        ratio = median(pair[1][at] / pair[0][at] for pair in pairs)
        print(f"  ms a job {what:<17} none {none:.2f}   {LINES} lines {ten:.2f}   ratio {ratio:.2f}")
        if what == CLOCK:
            floors.hold(f"{LINES} log lines, {what}", ratio, at_most=MOST)
    floors.end()


main()
