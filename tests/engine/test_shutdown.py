"""A worker is told to stop: its event loop finishes the step it is at, then Celery's shutdown begins."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from kombu.asynchronous import Hub

from tasks_app.worker import shutdown
from tests.servers import wait_until

pytestmark = pytest.mark.once

NUMBER = signal.SIGUSR2


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    ear, mouth = os.pipe()
    hub.add_reader(ear, lambda: None)  # a loop without anything to read sleeps
    yield hub
    hub.close()
    os.close(ear)
    os.close(mouth)


@pytest.fixture
def clean_stop(hub: Hub, seen: list[str]) -> Iterator[shutdown.CleanStop]:
    before = signal.getsignal(NUMBER)
    stop = shutdown.CleanStop(NUMBER, hub, lambda *_: seen.append("stopping"))
    signal.signal(NUMBER, stop)
    yield stop
    signal.signal(NUMBER, before)


def test_a_step_that_the_signal_interrupts_is_finished_first(
    hub: Hub, clean_stop: Any, seen: list[str]
) -> None:
    def step() -> None:
        os.kill(os.getpid(), NUMBER)
        seen.append("the step's end")

    hub.call_soon(step)
    loop = hub.create_loop()
    wait_until(lambda: next(loop) or "stopping" in seen)
    assert seen == ["the step's end", "stopping"]


def test_without_an_event_loop_it_stops_all_the_same(
    monkeypatch: pytest.MonkeyPatch, clean_stop: Any, seen: list[str]
) -> None:
    monkeypatch.setattr(shutdown, "PATIENCE", 0.1)
    os.kill(os.getpid(), NUMBER)
    assert seen == []
    wait_until(lambda: seen == ["stopping"])


def test_a_second_signal_does_not_wait(clean_stop: Any, seen: list[str]) -> None:
    for _ in range(2):
        os.kill(os.getpid(), NUMBER)
    assert seen == ["stopping"]
