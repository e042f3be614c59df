"""A pool process that is made anew has no lock of a thread that asked the database at that moment."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from tasks_app.db import forks
from tasks_app.db.forks import apart_from_forks
from tasks_app.monitor import heartbeat
from tasks_app.worker.finishing import Finishing

pytestmark = pytest.mark.once
OF_THREADS = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


def code_of_child(of_child: Callable[[], int]) -> int:
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(of_child())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def asking() -> Any:
    """A thread that is nearly always among its questions, and says when it is."""
    state, over = {"asks": 0}, threading.Event()

    def ask() -> None:
        within = threading.Event()
        while not over.is_set():
            with apart_from_forks():
                state["asks"] = 1
                within.wait(0.001)
                state["asks"] = 0

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    yield state
    over.set()
    thread.join()


@pytest.mark.processes
@OF_THREADS
def test_no_process_is_forked_while_a_thread_asks(asking: dict[str, int]) -> None:
    assert {code_of_child(lambda: asking["asks"]) for _each in range(30)} == {0}


def takes_its_turn() -> int:
    with apart_from_forks():
        return 7


@pytest.mark.processes
@OF_THREADS
def test_a_child_may_ask_at_once(asking: dict[str, int]) -> None:
    assert code_of_child(takes_its_turn) == 7


@pytest.mark.processes
@OF_THREADS
def test_a_database_that_answers_nobody_does_not_keep_a_worker_from_forking(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(forks, "LONGEST_WAIT", 0.01)
    inside, answered = threading.Event(), threading.Event()

    def ask() -> None:
        with apart_from_forks():
            inside.set()
            answered.wait()

    thread = threading.Thread(target=ask)
    thread.start()
    inside.wait()
    try:
        assert code_of_child(takes_its_turn) == 7
    finally:
        answered.set()
        thread.join()
    assert "forked while a thread waits" in caplog.text
    assert code_of_child(takes_its_turn) == 7  # and its turn is given back


class Hub:
    @staticmethod
    def call_soon(*_: Any) -> None: ...


class Consumer:
    hostname = "w1"
    hub = Hub()


def watch_of_finishing() -> None:
    Finishing(Consumer()).watch()


def pulse_of_heartbeats() -> None:
    heartbeat._Pulse(heartbeat.Node.Kind.WORKER, "w1").run()


class Enough(BaseException):
    """The loop has gone round once."""


@pytest.mark.django_db
@pytest.mark.parametrize("loop", [watch_of_finishing, pulse_of_heartbeats])
def test_threads_beside_the_event_loop_ask_in_their_turn(
    loop: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each statement is run while no other thread could take the turn."""
    free: list[bool] = []

    def takes_it() -> bool:
        taken = forks._turn.lock.acquire(blocking=False)
        if taken:
            forks._turn.lock.release()
        return taken

    def no_more(*_: Any) -> None:
        raise Enough

    with ThreadPoolExecutor(1) as another:
        assert another.submit(takes_it).result()

        def note(execute: Any, *args: Any) -> Any:
            free.append(another.submit(takes_it).result())
            return execute(*args)

        with monkeypatch.context() as patched, connection.execute_wrapper(note):
            patched.setattr(threading.Event, "wait", no_more)
            patched.setattr(connections["default"].__class__, "close", lambda _self: None)
            with pytest.raises(Enough):
                loop()
    assert free, "it asked nothing"
    assert not any(free)
