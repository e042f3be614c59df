"""Jobs that leave a line, synced to disk, for each time their body ran: outside of database and broker."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from celery import shared_task

from tasks_app.errors import JobLost
from tasks_app.models import Job

# Where the log and the gates lie: an environment variable of the processes that run these jobs.
FOLDER = "FAULTS_FOLDER"
LOG = "executions.log"


def note(task: Any, word: str) -> None:
    """One line, `id word moment`, in one write: several processes append to the same file."""
    file = os.open(Path(os.environ[FOLDER]) / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{task.request.id} {word} {time.time()}\n".encode())
    os.fsync(file)
    os.close(file)


def noted(folder: Path, word: str) -> list[str]:
    """The id of each job that noted the word, as often as it did."""
    return [job for job, _moment in noted_at(folder, word)]


def noted_at(folder: Path, word: str) -> list[tuple[str, float]]:
    """And when: seconds since 1970."""
    log = folder / LOG
    lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    return [(job, float(moment)) for job, said, moment in lines if said == word]


def pass_gate(name: str) -> None:
    """Wait until the test has opened the gate."""
    while not (Path(os.environ[FOLDER]) / name).exists():
        time.sleep(0.05)


@shared_task(bind=True)
def run(self: Any) -> None:
    note(self, "ran")


@shared_task(bind=True)
def step(self: Any, *before: Any) -> str:
    """A step of a chain: says its id, so that the next can be seen to follow from it."""
    note(self, "ran")
    return str(self.request.id)


@shared_task(bind=True)
def hold(self: Any, gate: str) -> str:
    """Runs until the gate is open, then takes effect once its run may still do so."""
    note(self, "ran")
    pass_gate(gate)
    if not self.token_holds():
        raise JobLost
    note(self, "took-effect")
    return gate


@shared_task(bind=True)
def hold_blindly(self: Any, gate: str) -> str:
    """As `hold`, but asks nobody at its end: only the engine can tell that the run is over."""
    note(self, "ran")
    pass_gate(gate)
    return gate


@shared_task(bind=True)
def hold_each_run(self: Any, gate: str) -> None:
    """As `hold_blindly`, but each run has a gate of its own: `gate-1`, `gate-2`."""
    mine = f"{gate}-{self.job.runs}"
    note(self, "ran")
    pass_gate(mine)


@shared_task(bind=True)
def ask_database(self: Any, gate: str) -> int:
    """Runs until the gate is open, then needs the database in its body."""
    note(self, "ran")
    pass_gate(gate)
    return Job.objects.filter(pk=self.request.id).count()


@shared_task(bind=True, max_retries=5, retry_backoff=1)
def stumble(self: Any, times: int) -> None:
    """Fails as often as it is told, then succeeds."""
    note(self, "ran")
    if self.request.retries < times:
        raise self.retry(exc=ValueError("not yet"))


@shared_task(bind=True)
def fail(self: Any) -> None:
    note(self, "ran")
    raise ValueError("this job always fails")


@shared_task(bind=True)
def kill_worker(self: Any) -> None:
    note(self, "ran")
    os.kill(os.getpid(), signal.SIGKILL)
