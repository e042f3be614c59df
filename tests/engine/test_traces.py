"""One trace for all that followed from one click or call: kept in rows, handed on, told in log lines."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from celery import shared_task
from django.test import Client

from projet.observability.logs import Context
from tasks_app.launching import launch, launch_many, rerun
from tasks_app.logs import traces
from tasks_app.models import Job, State
from tests.engine import jobs

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
OTHER = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-00f067aa0ba902b7-01"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (PARENT, PARENT),
        (f"cc-{TRACE}-00f067aa0ba902b7-01-what-is-to-come", f"cc-{TRACE}-00f067aa0ba902b7-01"),
        (f"{PARENT}-more", ""),  # version 00 has no more
        (PARENT.upper(), ""),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", ""),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", ""),
        (f"00-{TRACE}-{'0' * 16}-01", ""),
        (TRACE, ""),
        ("", ""),
        (None, ""),
        (7, ""),
        ({"traceparent": PARENT}, ""),
        (PARENT + "\n", ""),
    ],
)
def test_what_is_no_traceparent_is_none(given: object, found: str) -> None:
    assert traces.traceparent(given) == found


@shared_task(bind=True)
def launch_another(self: Any) -> None:
    jobs.add.delay(1, 2)


def traces_of(*ids: str) -> set[str | None]:
    return set(Job.objects.filter(id__in=ids).values_list("trace_id", flat=True))


@pytest.mark.usefixtures("broker")
def test_a_callers_header_is_kept_and_a_wrong_one_is_not() -> None:
    kept = jobs.add.apply_async((1, 2), headers={"traceparent": PARENT}).id
    wrong = jobs.add.apply_async((1, 2), headers={"traceparent": "nonsense\x01"}).id
    none = jobs.add.delay(1, 2).id
    assert traces_of(kept) == {TRACE}
    assert traces_of(wrong, none) == {None}
    assert "traceparent" not in Job.objects.get(id=wrong).message["headers"]


@pytest.mark.usefixtures("broker")
def test_what_a_job_launches_and_its_re_runs_belong_to_its_trace(deliver: Callable[..., str]) -> None:
    first = deliver(launch_another.name, [], {}, traceparent=PARENT)
    assert traces_of(first) == {TRACE}
    follow_up = Job.objects.exclude(id=first).get()
    assert follow_up.trace_id == TRACE
    with traces.carried_by(OTHER):  # the click that runs it again has one of its own
        again = rerun(Job.objects.get(id=first))
    assert again.trace_id == TRACE
    assert again.message["headers"]["traceparent"] == PARENT


@pytest.mark.usefixtures("broker")
def test_a_retry_keeps_it(deliver: Callable[..., str]) -> None:
    job_id = deliver(jobs.chat.name, [[]], {"tries": 2}, traceparent=PARENT)
    job = Job.objects.get(id=job_id)
    assert (job.state, job.trace_id) == (State.WAITING, TRACE)
    assert job.message["headers"]["traceparent"] == PARENT


@pytest.mark.usefixtures("broker")
def test_what_a_web_request_launches_belongs_to_the_requests_trace() -> None:
    with traces.carried_by(PARENT):
        one = launch(jobs.add.name, {})
        many = launch_many(jobs.add.name, [{}, {}])
    assert traces_of(one.id, *[job.id for job in many]) == {TRACE}
    assert traces_of(launch(jobs.add.name, {}).id) == {None}


@pytest.mark.usefixtures("broker")
def test_a_click_with_the_header_launches_into_its_trace(admin_client: Client) -> None:
    admin_client.post("/admin/launch/debug_task/", {"do": "launch"}, headers={"traceparent": PARENT})
    assert Job.objects.get().trace_id == TRACE
    assert traces.of_request() == ""


def test_log_lines_of_a_job_say_its_trace(
    deliver: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[logging.LogRecord] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record)

    handler = Listening()
    handler.addFilter(Context())
    logging.getLogger("tests").addHandler(handler)
    try:
        deliver(jobs.chat.name, [[[logging.INFO, "tests", "one"]]], {}, traceparent=PARENT)
        deliver(jobs.chat.name, [[[logging.INFO, "tests", "two"]]], {})
    finally:
        logging.getLogger("tests").removeHandler(handler)
    assert [getattr(record, "trace_id", None) for record in told] == [TRACE, None]
