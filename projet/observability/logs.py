"""How log lines look: text for eyes or JSON for programs, each with the job or the request it belongs to."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from pythonjsonlogger.json import JsonFormatter

from tasks_app.logs import context as log_context
from tasks_app.logs import masking, traces
from tasks_app.logs.masking import masked

FORMATS = ("text", "json")
# A proxy's own id is taken where it is one, so that its log and ours can be read together.
REQUEST_ID = re.compile(r"[\w.-]{8,64}")
REQUEST = "backoffice.request_id"  # in META
TRACE = "HTTP_TRACEPARENT"  # in META: what a proxy or another service in front says it belongs to
# What a line may say beside time, level, logger and message, in this order.
CONTEXT = ("job", "kind", "attempt", "queue", "trace_id", "request_id", "user_id")

# What the standard library collects for each line, a third of what a line costs, and no form of ours prints
# (https://docs.python.org/3/howto/logging.html#optimization).
UNPRINTED = ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks")

# What would end a line of the log within a line.
ONE_LINE = {number: repr(chr(number))[1:-1] for number in (*range(32), 127, 0x85, 0x2028, 0x2029)}

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


def logging_config(form: str, level: str, kept: str = "INFO") -> dict[str, Any]:
    """Django's LOGGING, for every process: `level` of what is printed, `kept` of what a job's page shows."""
    for what in UNPRINTED:
        setattr(logging, what, False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"()": "projet.observability.logs.Text"},
            "json": {"()": "projet.observability.logs.Json"},
        },
        "filters": {
            "context": {"()": "projet.observability.logs.Context"},
            "refusals": {"()": "projet.observability.logs.Refusals"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": form,
                "filters": ["context", "refusals"],
                "level": level,
            },
            "jobs": {"class": "tasks_app.logs.lines.JobLines", "level": kept},
        },
        "root": {"handlers": ["console", "jobs"], "level": lower(level, kept)},
        "loggers": {
            # Django's own handlers would print these lines a second time, in another form.
            "django": {"level": "INFO"},
            "django.server": {"level": "INFO", "propagate": True},
            # A line for each page of each report tells nobody anything.
            "weasyprint.progress": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            # What is kept for jobs alone is asked of their bodies, not of Celery around them.
            "celery": {"level": level},
            "celery.task": {"level": lower(level, kept)},
            # At DEBUG it prints each message with its arguments, secret ones too.
            "celery.pool": {"level": "INFO"},
        },
    }


def lower(*levels: str) -> str:
    """What a logger lets through for handlers of these levels."""
    return min(levels, key=logging.getLevelNamesMapping().__getitem__)


class Context(logging.Filter):
    """Adds what the line is about: the job that runs here, or the request."""

    def filter(self, record: logging.LogRecord) -> bool:
        found = _told_by(record) | _of_request(record) | of_job()
        for name, value in found.items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


class Refusals(logging.Filter):
    """What is asked in vain is one line, whoever asks: a 403 has no traceback, and no text of the asker's own
    lines. A traceback is of a fault of ours, and stays.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(("django.request", "django.security")) and _is_refusal(record):
            record.msg, record.args = record.getMessage().translate(ONE_LINE), ()
            record.exc_info = record.exc_text = record.stack_info = None
        return True


def _is_refusal(record: logging.LogRecord) -> bool:
    """Whether the answer was a 4xx; a suspicious request is one, and its line comes before its answer."""
    return 400 <= getattr(record, "status_code", 400) < 500


def of_job() -> dict[str, Any]:
    """The job that this thread runs, or tells of; {} for none."""
    from celery import current_task  # at a line's time: the web's start does not wait for Celery

    if not current_task or not current_task.request.id:
        return dict(log_context.about_here())
    return log_context.facts(current_task.name, current_task.request)


def _of_request(record: logging.LogRecord) -> dict[str, Any]:
    # Django tells of a 404 or 500 once the middleware is through, and names the request itself.
    request = getattr(record, "request", None) or _request.get()
    if request is None or REQUEST not in getattr(request, "META", {}):
        return {}
    # Looked at, never loaded: a log line asks no database.
    user = getattr(request, "_cached_user", None)
    known = {"user_id": user.pk} if user is not None and user.pk else {}
    trace = traces.trace_id(request.META.get(TRACE))
    return {"request_id": request.META[REQUEST]} | known | ({"trace_id": trace} if trace else {})


def _told_by(record: logging.LogRecord) -> dict[str, Any]:
    """Celery's main process and gunicorn's access log carry it in the line itself."""
    data = getattr(record, "data", None)
    if isinstance(data, dict) and data.get("id"):
        return {"job": data["id"], "kind": data.get("name", "")} | dict(log_context.facts_of(data["id"]))
    if record.name == "gunicorn.access" and isinstance(record.args, dict):
        request_id = record.args.get("{x-request-id}o", "-")
        return {} if request_id == "-" else {"request_id": request_id}
    named = record.args if isinstance(record.args, tuple) else ()
    return dict(next(filter(None, map(log_context.facts_of, named)), {}))


class Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        context = " ".join(f"{name}={getattr(record, name)}" for name in CONTEXT if hasattr(record, name))
        return super().formatMessage(record) + (f" [{context}]" if context else "")

    def format(self, record: logging.LogRecord) -> str:
        return without_passwords(super().format(record))


class Json(JsonFormatter):
    """One object a line. Only fields named here: what libraries hang on a line may hold arguments."""

    def __init__(self) -> None:
        super().__init__(
            "{levelname}{name}{message}",
            style="{",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="time",
            json_ensure_ascii=False,
        )

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        super().add_fields(log_data, record, message_dict)
        kept = {"time", "level", "logger", "message", "exc_info", "stack_info", *CONTEXT}
        for name in set(log_data) - kept:
            del log_data[name]

    def format(self, record: logging.LogRecord) -> str:
        return without_passwords(super().format(record))


def without_passwords(text: str) -> str:
    """Passwords of addresses and secret arguments of the job that runs here masked, whoever wrote them."""
    shown: str = masked(masking.without_passwords(text))
    return shown


class RequestMiddleware:
    """Gives each request an id, which its lines and its answer (X-Request-ID) carry."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        request.META[REQUEST] = request_id
        token = _request.set(request)
        try:
            with traces.carried_by(request.META.get(TRACE)):
                answer = self.get_response(request)
        finally:
            _request.reset(token)
        answer["X-Request-ID"] = request_id
        return answer
