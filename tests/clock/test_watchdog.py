"""systemd hears that the clock is ready and goes on, and hears nothing of one that stands still."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError

from tasks_app.clock import watchdog
from tasks_app.clock.scheduler import ClockScheduler


class Systemd:
    """Its end of NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(address)

    def hear(self, patience: float = 30) -> str:
        """The next word; "" where there is none within `patience` seconds."""
        self.line.settimeout(patience)
        try:
            return self.line.recv(4096).decode()
        except TimeoutError:
            return ""


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    heard = Systemd(str(tmp_path / "notify"))
    yield heard
    heard.line.close()


@pytest.mark.stack
def test_a_clock_that_stands_still_is_heard_no_more(processes: Any, systemd: Systemd, tmp_path: Path) -> None:
    beat = processes.start_clock(NOTIFY_SOCKET=str(tmp_path / "notify"))
    assert [systemd.hear() for _ in range(3)] == [watchdog.READY, watchdog.FED, watchdog.FED]
    beat.freeze()
    while systemd.hear(patience=0.1):
        pass  # what it had said before
    assert systemd.hear(patience=3) == ""
    beat.thaw()
    assert systemd.hear() == watchdog.FED


def test_a_clock_whose_database_is_away_goes_on_being_heard(
    systemd: Systemd, tmp_path: Path, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("no route to host")

    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setattr(ClockScheduler, "_look", away)
    monkeypatch.setattr("tasks_app.clock.scheduler.connections.close_all", lambda: None)
    scheduler = ClockScheduler(app=current_app, lazy=True)
    for _ in range(2):
        scheduler.tick()
    assert scheduler.outage
    assert [systemd.hear() for _ in range(3)] == [watchdog.READY, watchdog.FED, watchdog.FED]


def test_an_abstract_socket_is_heard_too(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"backoffice-{time.monotonic_ns()}"
    heard = Systemd(f"\0{name}")
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
    watchdog.tell(watchdog.READY)
    assert heard.hear() == watchdog.READY
    heard.line.close()


@pytest.mark.parametrize("address", ["", "/nope/notify"])
def test_where_nobody_listens_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    watchdog.tell(watchdog.FED)
