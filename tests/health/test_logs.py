"""Log lines: one form for every process, each with the job or request it belongs to, and no secret."""

from __future__ import annotations

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]  # Sentry's client packs with it where it is there
import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from projet.local.services import http_status
from projet.observability import logs
from projet.observability.sentry import _tagged
from tasks_app.launching import launch, wait
from tasks_app.ledger.run import Run
from tasks_app.logs import context as log_context
from tasks_app.models import Job, State
from tasks_app.worker import lease
from tests.engine import jobs
from tests.engine.conftest import KNOWS_TEST_JOBS, ended
from tests.servers import wait_until

# No database decides any of it.
pytestmark = pytest.mark.once

ADDRESS = "redis://app:s3cret@redis.example.org:6379/1"


def record(message: str = "hello", **extra: Any) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "x", "levelname": "INFO", "msg": message} | extra)
    logs.Context().filter(made)
    return made


@pytest.mark.parametrize("form", [logs.Text(), logs.Json()], ids=["text", "json"])
@pytest.mark.parametrize("password", ["s3cret", "s3@cret", "@s3cret@"])
def test_a_password_in_an_address_is_never_printed(form: logging.Formatter, password: str) -> None:
    line = form.format(record(f"Connected to {ADDRESS.replace('s3cret', password)}, for boss@example.org"))
    assert "redis://app:•••@redis.example.org:6379/1, for boss@example.org" in line
    assert "cret" not in line
    assert "s3" not in line


def test_what_libraries_hang_on_a_line_is_left_out_of_json() -> None:
    """Celery's own lines carry a job's arguments."""
    data = {"id": "j1", "name": "tasks.pay", "kwargs": "{'card': '4111'}"}
    line = logs.Json().format(record("received", data=data))
    told = json.loads(line)
    assert (told["job"], told["kind"], told["message"]) == ("j1", "tasks.pay", "received")
    assert "4111" not in line


def test_an_error_keeps_its_traceback_in_one_line() -> None:
    try:
        raise ValueError("no\nway")
    except ValueError as error:
        line = logs.Json().format(record(exc_info=(ValueError, error, error.__traceback__)))
    assert len(line.splitlines()) == 1
    assert "Traceback" in json.loads(line)["exc_info"]


def test_a_request_gives_its_lines_its_id_and_its_person(db: None) -> None:
    user = User.objects.create(username="alex")
    seen: list[logging.LogRecord] = []

    def page(request: Any) -> Any:
        request._cached_user = user
        seen.append(record())
        return {}

    answer: Any = logs.RequestMiddleware(page)(
        RequestFactory().get("/", headers={"X-Request-ID": "from-proxy-1"})
    )
    assert answer["X-Request-ID"] == "from-proxy-1"
    assert (seen[0].request_id, seen[0].user_id) == ("from-proxy-1", user.pk)
    assert f"[request_id=from-proxy-1 user_id={user.pk}]" in logs.Text().format(seen[0])
    assert not hasattr(record(), "request_id")


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "two words here", "line\nbreak-x"])
def test_an_id_that_is_none_is_replaced(given: str, db: None) -> None:
    assert len(Client().get("/", headers={"X-Request-ID": given})["X-Request-ID"]) == 32


def test_an_error_that_the_main_process_tells_of_is_its_jobs_for_sentry_too() -> None:
    assert logs.of_job() == {}
    with log_context.lines_about({"job": "j1", "kind": "tasks.pay"}):
        assert _tagged({}, {}) == {"tags": {"job": "j1", "kind": "tasks.pay"}}
    assert logs.of_job() == {}


def test_the_thread_that_renews_a_lease_says_whose_it_is(db: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(logs.Context())
    facts = {"job": "j1", "kind": "tasks.pay", "attempt": 2, "queue": "low"}
    run = Run("j1", "token", facts=facts)
    lease._keeper.runs.add(run)
    try:
        lease._keeper._renew(run)
    finally:
        lease.unwatch(run)
    [line] = caplog.records
    assert "lost its lease" in line.message
    assert {name: getattr(line, name) for name in facts} == facts


class Sentry:
    """A stand-in for Sentry: what it was sent, as text."""

    def __init__(self) -> None:
        self.received: list[str] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                unpack = {"gzip": gzip.decompress, "br": brotli.decompress}
                body = unpack[self.headers["Content-Encoding"]](body)
                stub.received.append(body.decode())
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args: Any) -> None:
                """Silence: pytest shows what matters."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.dsn = f"http://key@127.0.0.1:{self.server.server_port}/1"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def events(self) -> list[dict[str, Any]]:
        """The errors among what came: the third line of an envelope."""
        parts = [text.splitlines() for text in list(self.received)]
        return [json.loads(lines[2]) for lines in parts if '"type":"event"' in lines[1].replace(" ", "")]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    stub = Sentry()
    yield stub
    stub.close()


# What Celery writes past every logger: a warning to root (in containers of tests), and its goodbye.
NOT_LINES_OF_OURS = ("SecurityWarning", "absolutely not", "--uid", "User information", "_warn_or", "worker: ")


def lines(process: Any) -> list[dict[str, Any]]:
    text = process.log.read_text()
    ours = [
        line for line in text.splitlines() if line and not any(word in line for word in NOT_LINES_OF_OURS)
    ]
    return [json.loads(line) for line in ours]


@pytest.mark.stack
def test_every_process_writes_json_and_errors_reach_sentry_without_people(
    processes: Any, sentry: Sentry
) -> None:
    how = {"LOG_FORMAT": "json", "SENTRY_DSN": sentry.dsn}
    started = [processes.start_worker(**how), processes.start_clock(**how), processes.start_web(**how)]
    job = wait(launch("tasks_app.tasks.rapport_pdf", {"type": "s3cret-type", "format": "pdf"}, by=None), 60)
    assert job.state == State.FAILED
    assert http_status(f"{processes.url}/no-such-page") == 404
    wait_until(sentry.events, what="Sentry to hear of the job")
    for process in started:
        process.stop()
        for line in lines(process):
            assert {"time", "level", "logger", "message"} <= line.keys()
    worker, _clock, web = (lines(process) for process in started)

    of_job = [line for line in worker if line.get("job") == job.id]
    assert [line["logger"] for line in of_job] == ["celery.worker.strategy", "celery.app.trace"]
    whose = {"kind": "tasks_app.tasks.rapport_pdf", "attempt": 1, "queue": "default"}
    assert [line | whose for line in of_job] == of_job
    ids = {line.get("request_id") for line in web if "/no-such-page" in line["message"]}
    assert len(ids) == 1
    assert None not in ids

    [event] = sentry.events()
    assert event["tags"] | {"job": job.id, "kind": "tasks_app.tasks.rapport_pdf"} == event["tags"]
    assert event["environment"] == "local"
    for frame in event["exception"]["values"][-1]["stacktrace"]["frames"]:
        assert "vars" not in frame
    assert "key@" not in json.dumps(event)


@pytest.mark.stack
def test_every_line_of_a_job_says_id_kind_and_attempt_whichever_process_wrote_it(
    processes: Any, tmp_path: Path
) -> None:
    """Received, retried, out of time, its process gone: most of it is told by the worker's main process."""
    log = str(tmp_path / "runs.log")
    worker = processes.start_worker(**KNOWS_TEST_JOBS, LOG_FORMAT="json", JOB_MAX_DEATHS="1")
    sent = {
        "over the hard limit": (jobs.outlive_the_limit.delay(log).id, State.FAILED, 1),
        "over the soft limit": (
            jobs.hang.apply_async([log], soft_time_limit=1).id, State.FAILED, 1
        ),
        "tried three times": (jobs.fail_twice.delay(log).id, State.SUCCEEDED, 3),
        "took its process down": (jobs.kill_worker.delay(log).id, State.FAILED, 1),
    }  # fmt: skip
    for job_id, state, _attempts in sent.values():
        ended(job_id, state)
    worker.stop()
    every = lines(worker)
    for what, (job_id, _state, attempts) in sent.items():
        kind = Job.objects.get(id=job_id).name
        of_job = [line for line in every if line.get("job") == job_id or job_id in line["message"]]
        assert [line | {"job": job_id, "kind": kind} for line in of_job] == of_job, what
        assert {line.get("attempt") for line in of_job} == set(range(1, attempts + 1)), what
        assert {line.get("queue") for line in of_job} == {"default"}, what
    # What the pool says of a process that was slow to begin is of no job.
    nobodys = [line["message"] for line in every if "job" not in line and line["level"] == "ERROR"]
    assert [said for said in nobodys if "waiting for UP message" not in said] == []
