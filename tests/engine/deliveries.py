"""A pool process in a thread: Celery's own tracer around a body that ends as a test tells it to.

The claim, the end and everything between them are the product's; the test decides in which order they
come, for as many deliveries of the same job as it likes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from queue import Queue
from typing import Any

import pytest
from celery import current_app, shared_task
from celery.app.task import Context
from celery.app.trace import trace_task
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded
from django import forms
from django.contrib.auth.models import Group
from django.db import connection
from kombu.utils.uuid import uuid

from tasks_app import catalogue
from tasks_app.catalogue import WhenLost
from tasks_app.errors import Unknown
from tasks_app.ledger.message_codec import TOKEN, message_of_job
from tasks_app.models import Job

NAME = "tests.engine.deliveries.obey"
PATIENCE = 60  # seconds until a delivery that does not answer fails its test

_deliveries: dict[str, Delivery] = {}  # by token


class ProcessDied(BaseException):
    """As SIGKILL: no line of ours runs after it."""


class Delivery:
    """One delivery of a job's message: it claims, waits in its body, and does what it is told."""

    def __init__(self, job: Job, effects: Sequence[Callable[[], object]] = ()) -> None:
        self.job_id, self.token = job.id, uuid()
        self.effects = effects or [partial(Group.objects.create, name=self.token)]
        self.request = request_of(job, self.token)
        self.orders: Queue[tuple[str, Any]] = Queue()
        self.answers: Queue[str] = Queue()
        self.thread = threading.Thread(target=self._run, args=(job.args, job.kwargs), daemon=True)
        _deliveries[self.token] = self
        self.thread.start()
        self.claimed = self._answer() == "in the body"
        self.alive = self.claimed

    @property
    def context(self) -> Context:
        """The request as the worker's main process holds it."""
        return Context(self.request)

    def obey(self, order: str, detail: Any = None) -> bool:
        """Let the body go on; whether it still runs afterwards."""
        self.orders.put((order, detail))
        self.alive = self._answer() == "in the body"
        return self.alive

    def _answer(self) -> str:
        answer = self.answers.get(timeout=PATIENCE)
        if answer == "gone":
            self.thread.join()
            _deliveries.pop(self.token)
        return answer

    def _run(self, args: Any, kwargs: Any) -> None:
        try:
            trace_task(
                current_app.tasks[NAME], self.job_id, args, kwargs, request=self.request, app=current_app
            )
        except ProcessDied:
            pass
        finally:
            connection.close()
            self.answers.put("gone")

    def body(self, task: Any, *, takes_effect: bool) -> str:
        for effect in self.effects if takes_effect else ():
            task.at_end(effect)
        while True:
            self.answers.put("in the body")
            order, detail = self.orders.get()
            if order == "go on":
                task.progress(50, "half-way")
            elif order == "succeed":
                return self.token
            else:
                raise self._ending(task, order, detail)

    def _ending(self, task: Any, order: str, detail: Any) -> BaseException:
        if order == "retry":
            eta: datetime = detail
            task.retry(exc=ValueError("not yet"), eta=eta, max_retries=None)
        if order == "replace":
            task.replace(task.s(**detail))
        return {
            "fail": ValueError("no paper"),
            "not know": Unknown("the other side did not answer"),
            "hit the soft limit": SoftTimeLimitExceeded(),
            "ignore itself": Ignore(),
            "go back to the queue": Reject("not here", requeue=True),
            "die": ProcessDied(),
        }[order]


def request_of(job: Job, token: str) -> dict[str, Any]:
    """What a pool process is handed: the message's headers and embed, and the run's token."""
    message = message_of_job(job)
    args, kwargs, embed = message.body
    return {
        **message.headers,
        **embed,
        "args": args,
        "kwargs": kwargs,
        "hostname": f"worker of {token[:8]}",
        "delivery_info": {"exchange": "", "routing_key": job.queue, "priority": 0, "redelivered": False},
        "is_eager": False,
        TOKEN: token,
    }


@shared_task(bind=True, name=NAME)
def obey(self: Any, when_lost: str, effect: bool = True) -> str:
    return _deliveries[self.request.get(TOKEN)].body(self, takes_effect=effect)


@contextmanager
def declared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`obey` in the catalogue, for as long as a test needs it: `when_lost` says what a loss means."""
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "_kinds", dict(catalogue._kinds))
        catalogue.describe(
            catalogue.JobKind(
                name=NAME,
                label="Obey",
                form=forms.Form,
                when_lost=lambda job: WhenLost[job.kwargs["when_lost"]],
                listed=False,
            )
        )
        yield
