"""One OpenTelemetry span for each run of a job, in its trace, where OTEL_EXPORTER_OTLP_ENDPOINT says so.

Nothing of this is imported otherwise. Spans carry a job's id, kind, queue, attempt and how it ended: no
arguments, and of an error its class alone.
"""

from __future__ import annotations

import os
from typing import Any

from celery import signals
from django.core.exceptions import ImproperlyConfigured

from tasks_app.logs import context, traces

try:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
    from opentelemetry.trace import SpanKind, Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError as error:
    raise ImproperlyConfigured(
        "OTEL_EXPORTER_OTLP_ENDPOINT is set, and its packages are not installed: "
        "pip install -r requirements-tracing.in, or leave the variable empty."
    ) from error

PATIENCE = 2  # seconds, for what is left to be sent as a process ends
SUCCESS = "SUCCESS"  # Celery's word
FAILED = frozenset({"FAILURE", "RETRY"})

_ids = RandomIdGenerator()


class _Spans:
    """Of one process: a provider has a thread, which no fork takes along."""

    def __init__(self, endpoint: str, version: str) -> None:
        self.endpoint, self.version = endpoint.rstrip("/"), version
        self.pid = 0
        self.open: dict[str, Any] = {}  # by the id of their job

    def provider(self) -> Any:
        if self.pid != os.getpid():
            self.pid = os.getpid()
            resource = Resource.create({"service.name": "back-office", "service.version": self.version})
            self._provider = TracerProvider(resource=resource)
            exporter = OTLPSpanExporter(endpoint=f"{self.endpoint}/v1/traces")
            self._provider.add_span_processor(BatchSpanProcessor(exporter))
        return self._provider

    def begin(self, task: Any) -> None:
        request = task.request
        found = context.facts(task.name, request)
        carrier = {traces.HEADER: traces.traceparent(getattr(request, traces.HEADER, None))}
        self.open[request.id] = (
            self.provider()
            .get_tracer("back-office", self.version)
            .start_span(
                task.name,
                context=TraceContextTextMapPropagator().extract(carrier),
                kind=SpanKind.CONSUMER,
                attributes={f"job.{name}": value for name, value in found.items() if name != "trace_id"},
            )
        )

    def end(self, task: Any, state: str, outcome: Any) -> None:
        span = self.open.pop(task.request.id, None)
        if span is None:
            return
        span.set_attribute("job.outcome", state)
        if state in FAILED and isinstance(outcome, BaseException):
            span.set_status(Status(StatusCode.ERROR, type(outcome).__name__))
        elif state == SUCCESS:
            span.set_status(Status(StatusCode.OK))
        span.end()

    def close(self) -> None:
        if self.pid == os.getpid():
            self._provider.force_flush(PATIENCE * 1_000)
            self._provider.shutdown()


def start(endpoint: str, *, version: str) -> _Spans:
    """From now on runs of this process, and of those that it forks, are told to that collector."""
    spans = _Spans(endpoint, version)
    traces.begin_by(new_traceparent)

    def begin(task: Any = None, **_signal: Any) -> None:
        spans.begin(task)

    def end(task: Any = None, state: Any = None, retval: Any = None, **_signal: Any) -> None:
        spans.end(task, str(state or ""), retval)

    def close(**_signal: Any) -> None:
        spans.close()

    signals.task_prerun.connect(begin, weak=False, dispatch_uid="tracing")
    signals.task_postrun.connect(end, weak=False, dispatch_uid="tracing")
    signals.worker_process_shutdown.connect(close, weak=False, dispatch_uid="tracing")
    return spans


def new_traceparent() -> str:
    """Of a job that nobody's trace led to: a trace begins with it."""
    return f"00-{_ids.generate_trace_id():032x}-{_ids.generate_span_id():016x}-01"
