"""Jobs for tests of the engine. Each run leaves a line in a file, outside of any database."""

from __future__ import annotations

import logging
import os
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import shared_task
from celery.canvas import chain, chord, group
from celery.exceptions import Ignore
from django import forms
from django.db import connection
from django.utils.translation import get_language

from tasks_app.catalogue import job
from tasks_app.errors import Unknown
from tasks_app.models import Job


def note(path: str, line: str) -> None:
    with open(path, "a") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


@shared_task(bind=True)
def write(self: Any, path: str, line: str = "ran") -> str:
    note(path, line)
    return line


@shared_task
def add(*numbers: Any) -> int:
    flat = numbers[0] if len(numbers) == 1 and isinstance(numbers[0], list) else numbers
    return sum(flat)


@shared_task(bind=True)
def add_later(self: Any, x: int, y: int) -> int:
    raise self.replace(add.s(x, y))


@shared_task(bind=True)
def add_by_chord(self: Any, x: int, y: int) -> int:
    raise self.replace(chord(group(add.s(x, 0), add.s(y, 0)), add.s()))


@shared_task(bind=True, max_retries=3, retry_backoff=1, retry_jitter=False, spread_retries=True)
def fail_twice(self: Any, path: str) -> str:
    note(path, f"try {self.request.retries}")
    if self.request.retries < 2:
        raise self.retry(exc=ValueError("not yet"))
    return "at last"


@shared_task(bind=True, max_retries=1, autoretry_for=(OSError,), retry_backoff=1, retry_jitter=False)
def always_fail(self: Any, path: str) -> None:
    note(path, f"try {self.request.retries}")
    raise OSError("the printer is on fire")


@shared_task(bind=True)
def kill_worker(self: Any, path: str) -> None:
    note(path, "killed")
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task(bind=True)
def wait_for(self: Any, path: str, released: str) -> str:
    """Runs until the file `released` exists, passing progress points."""
    note(path, f"began {self.request.hostname}")
    while not Path(released).exists():
        time.sleep(0.05)
        self.progress(50, "half-way")
    note(path, "effect")
    return "released"


@shared_task(bind=True)
def sit(self: Any, path: str, released: str) -> str:
    """As `wait_for`, but without progress points: it does not notice that it lost its lease."""
    note(path, "began")
    while not Path(released).exists():
        time.sleep(0.05)
    self.at_end(lambda: note(path, "committed"))
    return "released"


@job(label="Hang", form=forms.Form, stop_by_force=True, listed=False)
def hang(self: Any, path: str) -> None:
    note(path, str(os.getpid()))
    time.sleep(600)


@shared_task(bind=True)
def ask_again_and_go_on(self: Any, path: str) -> str:
    """Celery's retry that does not raise: the body goes on, and the next attempt is on its way."""
    note(path, f"try {self.request.retries}")
    if self.request.retries == 0:
        self.retry(throw=False, countdown=0)
    return "done"


@shared_task(bind=True)
def put_itself_off(self: Any) -> None:
    self.snooze(timedelta(minutes=5), ValueError("The shop is closed."))


@shared_task(bind=True)
def ignore_itself(self: Any) -> None:
    raise Ignore


def spoil_the_transaction(request: Any, exc: Any, traceback: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")


spoiling_errback = shared_task(spoil_the_transaction, name="tests.engine.jobs.spoiling_errback")


@shared_task(bind=True, time_limit=1)
def outlive_the_limit(self: Any, path: str) -> None:
    note(path, str(os.getpid()))
    time.sleep(60)


@shared_task(bind=True)
def end_unknown(self: Any) -> None:
    raise Unknown("the other side did not answer")


@shared_task(bind=True)
def say_language(self: Any) -> str | None:
    return get_language()


@shared_task
def fail(*before: Any) -> None:
    raise ValueError(before[-1])


@shared_task(bind=True)
def replace_by_a_failing_chord(self: Any) -> None:
    raise self.replace(chord(group(add.s(1, 2), fail.s("no paper")), add.s()))


@shared_task(bind=True)
def replace_by_a_chord_with_a_late_part(self: Any) -> None:
    raise self.replace(chord(group(add.s(1, 2), add.s(3, 4).set(countdown=600)), add.s()))


@shared_task(bind=True)
def replace_by_a_chain(self: Any, x: int, y: int) -> None:
    raise self.replace(chain(add.s(x, y), add.s(10)))


@shared_task(bind=True)
def be_tried_again_and_replaced_by_a_chain(self: Any, x: int, y: int) -> None:
    if self.request.retries == 0:
        raise self.retry(exc=ValueError("not yet"), countdown=0)
    raise self.replace(chain(add.s(x, y), add.s(10)))


@shared_task(bind=True)
def replace_by_a_breaking_chain(self: Any) -> None:
    raise self.replace(chain(fail.si("no paper"), add.si(1, 1)))


@shared_task
def return_an_object() -> object:
    return object()


@shared_task(bind=True)
def tell_after_losing_the_job(self: Any) -> None:
    Job.objects.filter(id=self.request.id).update(token="of another run")
    self.update_state(state="PROGRESS", meta={"done": 1})


@shared_task(bind=True, max_retries=5, default_retry_delay=1)
def fail_when_asked(self: Any, path: str) -> None:
    note(path, "began")
    while Job.objects.get(id=self.request.id).cancel_asked_at is None:
        time.sleep(0.05)
    raise self.retry(exc=ValueError("not yet"))


@shared_task
def fail_with_character(code: int) -> None:
    raise ValueError(f"no{chr(code)}paper")


@shared_task
def take_memory(path: str, mib: int) -> None:
    note(path, str(os.getpid()))
    _ = b"x" * (mib * 2**20)


@shared_task
def need(path: str, value: int) -> int:
    """Fails until there is a file."""
    if not Path(path).exists():
        raise ValueError("no paper")
    return value


@shared_task(bind=True)
def replace_by_a_chain_that_needs(self: Any, path: str) -> None:
    raise self.replace(chain(need.si(path, 1), add.s(10)))


@shared_task(bind=True, max_retries=3)
def chat(self: Any, said: list[list[Any]], tries: int = 1) -> str:
    """Writes these lines: [level, logger, text, *arguments]; and is tried so many times."""
    for level, name, *line in said:
        logging.getLogger(name).log(level, *line)
    if self.request.retries < tries - 1:
        raise self.retry(exc=ValueError("not yet"), countdown=0)
    return "said"


@shared_task(bind=True)
def chat_and_sit(self: Any, released: str) -> None:
    logging.getLogger("tests").warning("before the end")
    while not Path(released).exists():
        time.sleep(0.05)
