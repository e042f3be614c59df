"""The back office as it runs for a company: web, two workers of two, clocks; private servers around it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import psycopg
from celery import Task
from django.db import connection, connections

from backoffice.models import EmailTemplate, Recipient
from tasks_app.launching import launch_many
from tasks_app.models import FINAL, Job, State
from tasks_app.tasks import envoi_email, rapport_pdf
from tests.faults import bounds, jobs
from tests.faults.census import Census, count
from tests.faults.post_office import PostOffice
from tests.servers import PostgresServer, Process, RedisServer, wait_until
from tests.stack import Stack

QUEUES = ("high", "default", "low")
# Awaited conditions end in seconds; a slow machine that does three other things may take this long.
PATIENCE = 90.0
SHORT_LEASE: dict[str, Any] = {"JOB_LEASE_SECONDS": f"{bounds.SHORT_LEASE:.0f}"}
ENDED = [*FINAL, State.UNKNOWN]


class House(Stack):
    """Processes, launch records and the census of one scenario."""

    def __init__(self, redis: RedisServer, postgres: PostgresServer, post: PostOffice, folder: Path) -> None:
        super().__init__(redis, folder)
        self.postgres, self.post = postgres, post
        self.expected = Census()
        self.seen: Census | None = None
        self.recovery: float | None = None  # seconds
        self._fault_at: float | None = None
        self._bound = PATIENCE
        self.share = bounds.BUSY  # of the machine, in a recovery
        self.data = folder / "data"
        self.environment |= post.environment | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DATA_DIR": str(self.data),
            # Shorter than a minute, so that a scenario is; longer than a loaded machine's hiccups.
            "JOB_LEASE_SECONDS": "10",
            "WORKER_SOFT_SHUTDOWN_SECONDS": f"{bounds.SOFT_SHUTDOWN:.0f}",
            jobs.FOLDER: str(folder),
        }

    # --- processes ------------------------------------------------------------------------------

    def start_all(self, *, workers: int = 2, clocks: int = 1, web: bool = False, **environment: Any) -> None:
        """Side by side: each takes seconds to import what it needs."""
        starts: list[Callable[[], Any]] = [
            lambda name=f"worker{n + 1}": self.start_worker(name, **environment) for n in range(workers)
        ]
        starts += [lambda name=f"clock{n + 1}": self.start_clock(name, **environment) for n in range(clocks)]
        starts += [lambda: self.start_web(**environment)] if web else []
        began = time.monotonic()
        at_once(starts)
        self.share = max(bounds.BUSY, bounds.STARTS * (time.monotonic() - began))

    def process(self, name: str) -> Process:
        """The newest process of that name."""
        return next(process for process in reversed(self.processes) if process.name == name)

    def stop(self) -> None:
        """At the end of a scenario nothing is left to be polite for."""
        for process in self.processes:
            process.kill()
            print(process.tail())
        self.processes.clear()

    @property
    def workers(self) -> list[Process]:
        return [one for one in self.processes if one.name.startswith(("worker", "again")) and one.running]

    def restart_postgres(self, *, crash: bool = False, down: float = 0.0) -> None:
        """Stopped as an upgrade does (sessions are ended), or killed with all of them; `down` in seconds."""
        connections.close_all()
        if crash:
            parts = psutil.Process(self.postgres.pid).children(recursive=True)
            self.postgres.kill()
            for part in parts:  # each is a session of its own, which the group's kill does not reach
                with contextlib.suppress(psutil.NoSuchProcess):
                    part.kill()
            psutil.wait_procs(parts, timeout=10)
        else:
            self.postgres.stop()
        time.sleep(down)
        self.postgres.start()

    def close_connections(self) -> None:
        """Of this process; the next query makes new ones."""
        connections.close_all()

    def restart_workers(self) -> None:
        """All of them, as a new version does: told to stop, then others in their place."""
        leaving = self.workers
        at_once([lambda worker=worker: worker.stop(60) for worker in leaving])
        at_once([lambda n=n: self.start_worker(f"again{n}") for n in range(len(leaving))])

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Nobody else reads or writes the table within: a moment between two statements, made to last."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as mine:
            mine.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
            yield
            mine.rollback()

    @contextmanager
    def stopped_at(self, percent: int) -> Iterator[None]:
        """Within it, bodies stand still where they say that they have come so far."""
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as mine:
            mine.execute("SELECT pg_advisory_lock(1)")
            mine.execute(
                "CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$"
            )
            mine.execute(
                "CREATE TRIGGER stand_still BEFORE UPDATE ON tasks_app_job FOR EACH ROW"
                f" WHEN (NEW.progress = {percent:d}) EXECUTE FUNCTION stand_still()"
            )
            yield

    def somebody_waits_for_a_lock(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            return bool(cursor.fetchone()[0])

    def nobody_else_is_connected(self) -> bool:
        """What a killed process had begun is rolled back."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid != pg_backend_pid()"
            )
            return not cursor.fetchone()[0]

    def open_gate(self, name: str) -> None:
        (self.folder / name).touch()

    # --- launch records ---------------------------------------------------------------------------

    def record(
        self,
        job_id: Any,
        state: str = State.SUCCEEDED,
        *,
        runs: int = 1,
        mails: int = 0,
        reports: int = 0,
    ) -> str:
        """Write down what must come of a launch."""
        job_id, stated = str(job_id), self.expected
        stated.states[job_id], stated.runs[job_id] = state, runs
        stated.mails[job_id], stated.reports[job_id] = mails, reports
        return job_id

    def launch(self, task: Task, *args: Any, state: str = State.SUCCEEDED, runs: int = 1) -> str:
        """One of tests/faults/jobs.py."""
        return self.record(task.delay(*args).id, state, runs=runs)

    def launch_runs(self, number: int) -> list[str]:
        """That many jobs that do nothing but say that they ran."""
        return [self.record(job.pk) for job in launch_many(jobs.run.name, ({} for _ in range(number)))]

    @cached_property
    def letter(self) -> tuple[int, int]:
        """The arguments of `envoi_email`."""
        return a_recipient().pk, a_template().pk

    def launch_email(self, state: str = State.SUCCEEDED, mails: int = 1) -> str:
        sent = envoi_email.delay(*self.letter)
        return self.record(sent.id, state, runs=0, mails=mails)

    def launch_report(self, kind: str = "overview", **parameters: Any) -> str:
        return self.record(rapport_pdf.delay(kind, **parameters).id, runs=0, reports=1)

    # --- what came of it --------------------------------------------------------------------------

    def fault(self, within: float = 0.0) -> None:
        """From here on the time to recover counts: what the engine may take, and what a busy machine adds."""
        self._fault_at, self._bound = time.monotonic(), within + self.share

    def recovered(self) -> None:
        """It goes on: in time?"""
        if self._fault_at is not None:
            self.recovery, self._fault_at = time.monotonic() - self._fault_at, None
            assert self.recovery < self._bound, (
                f"{self.recovery:.1f} s to recover, where {self._bound:.0f} are the bound"
            )

    def account(self, timeout: float = PATIENCE) -> None:
        """Wait until every launched job has ended, then hold what is counted against what was stated."""
        self.await_ends(timeout)
        self.until(self.is_quiet, timeout, lambda: "the queues to be empty and nothing to run")
        self.seen = count(self.folder, self.post.accepted)
        differences = self.expected.differences(self.seen)
        assert not differences, "\n".join([str(self.expected), str(self.seen), *differences[:20]])

    def await_ends(self, timeout: float = PATIENCE) -> None:
        """Every launched job has ended; since the fault, if there was one, it took `.recovery` seconds."""
        ids = list(self.expected.states)
        self.until(lambda: not unended(ids), timeout, lambda: f"these jobs to end: {unended(ids)}")
        self.recovered()

    def is_quiet(self) -> bool:
        """No message is left that could still start something, and no body runs."""
        return self.queues_are_empty() and not Job.objects.running().exists()

    def queues_are_empty(self) -> bool:
        return not any(self.redis.client.llen(queue) for queue in QUEUES)

    def until(
        self, condition: Callable[[], Any], timeout: float = PATIENCE, what: Callable[[], str] = lambda: ""
    ) -> Any:
        try:
            return wait_until(condition, timeout)
        except AssertionError as error:
            error.add_note(what())
            raise

    def ran(self, job_id: str, times: int = 1) -> None:
        """Wait until the job's body has begun that often."""
        self.until(lambda: jobs.noted(self.folder, "ran").count(job_id) >= times)

    def job(self, job_id: str) -> Job:
        return Job.objects.get(pk=job_id)

    def report_files(self) -> list[Path]:
        return [path for path in (self.data / "files").rglob("*") if path.is_file()]


def unended(ids: Collection[str]) -> list[str]:
    """Up to five jobs that are not at their end, in words."""
    there = Job.objects.filter(pk__in=ids)
    found = [f"{one.pk} is {one.state} ({one.error})" for one in there.exclude(state__in=ENDED)[:5]]
    if not found and len(ids) > there.count():
        known = set(there.values_list("pk", flat=True))
        found = [f"{missing} has no row" for missing in ids if missing not in known][:5]
    return found


def a_recipient() -> Recipient:
    return Recipient.objects.get_or_create(email="zoe@example.org", defaults={"name": "Zoé"})[0]


def a_template() -> EmailTemplate:
    return EmailTemplate.objects.get_or_create(
        slug="faults", defaults={"name": "Faults", "subject": "Hello", "text": "Hello {{ recipient.name }}."}
    )[0]


def at_once(starts: Iterable[Callable[[], Any]]) -> None:
    """Call them in threads of their own; raises what the first to fail raised."""
    errors: list[BaseException] = []

    def call(start: Callable[[], Any]) -> None:
        try:
            start()
        except BaseException as error:  # raised below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call, args=[start]) for start in starts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
