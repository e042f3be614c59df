"""Where OpenTelemetry is asked for, a run is a span in its job's trace; else nothing of it is loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from celery import signals

from tasks_app.logs import traces
from tasks_app.models import Job
from tests.engine import jobs
from tests.engine.conftest import deliver  # noqa: F401 - a fixture
from tests.servers import ROOT

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


class Collector(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.sent.append((self.path, self.headers.get("Content-Encoding"), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Collector)
    server.sent = []
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def spans(collector: Any) -> Iterator[Any]:
    pytest.importorskip("opentelemetry.sdk", reason="requirements-tracing.in is not installed here")
    from projet.observability import tracing

    yield tracing.start(f"http://127.0.0.1:{collector.server_port}/", version="1.2.3")
    for signal in (signals.task_prerun, signals.task_postrun, signals.worker_process_shutdown):
        signal.disconnect(dispatch_uid="tracing")
    traces._beginning.clear()


def told(collector: Any) -> list[Any]:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    found = []
    for path, encoding, body in collector.sent:
        assert (path, encoding) == ("/v1/traces", None)
        request = ExportTraceServiceRequest.FromString(body)
        found += [one for of in request.resource_spans for scope in of.scope_spans for one in scope.spans]
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.once
def test_a_run_is_one_span_in_the_trace_of_its_job(
    collector: Any,
    spans: Any,
    deliver: Callable[..., str],  # noqa: F811 - the fixture
) -> None:
    job_id = deliver(jobs.fail.name, ["no paper"], {}, traceparent=PARENT)
    deliver(jobs.add.name, [1, 2], {}, traceparent=PARENT)
    spans.close()
    failed, added = told(collector)
    assert {one.trace_id.hex() for one in (failed, added)} == {TRACE}
    assert {one.parent_span_id.hex() for one in (failed, added)} == {PARENT[36:52]}
    assert (failed.name, added.name) == (jobs.fail.name, jobs.add.name)
    known = {one.key: one.value.string_value for one in failed.attributes}
    assert (known["job.job"], known["job.outcome"]) == (job_id, "FAILURE")
    assert (failed.status.message, added.status.message) == ("ValueError", "")
    assert b"no paper" not in b"".join(body for _path, _encoding, body in collector.sent)


@pytest.mark.django_db(transaction=True)
@pytest.mark.once
def test_a_job_that_no_trace_led_to_begins_one(spans: Any, broker: Any) -> None:
    one, other = (Job.objects.get(id=jobs.add.delay(1, 2).id) for _each in range(2))
    assert one.trace_id
    assert other.trace_id
    assert one.trace_id != other.trace_id


@pytest.mark.once
@pytest.mark.processes
def test_where_nobody_asks_for_it_nothing_of_it_is_loaded() -> None:
    code = (
        "import sys, django; django.setup(); import projet.celery; "
        "sys.exit(any(name.startswith(('projet.observability.tracing', 'opentelemetry.exporter')) "
        "for name in sys.modules))"  # redis brings the SDK by itself, where it is installed
    )
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": ":".join(sys.path)}
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=False).returncode == 0
    )
