"""A clock that stands still ends itself, with its stacks in the log; it is told within half a minute."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tasks_app.clock import standstill
from tasks_app.clock.standstill import GRACE, LOOK, Guard
from tasks_app.models import Node
from tasks_app.monitor.health import Level
from tasks_app.monitor.health.clock import check_clock
from tests.servers import wait_until

LIMIT = 5.0


@pytest.fixture
def ended() -> list[int]:
    return []


@pytest.fixture
def guard(ended: list[int]) -> Iterator[Guard]:
    made = Guard(LIMIT, ended.append)
    yield made
    os.close(made.wakeup)
    os.close(made.written)


def looks(guard: Guard, seconds: float, signals: bytes = b"") -> None:
    for _look in range(int(seconds / LOOK)):
        guard.look(signals)


def test_a_loop_that_goes_on_is_left_alone_however_slowly(guard: Guard, ended: list[int]) -> None:
    for _step in range(10):
        guard.goes_on()
        looks(guard, LIMIT)
    assert ended == []


def test_a_loop_that_stands_still_is_ended_with_its_stacks_in_the_log(
    guard: Guard, ended: list[int], caplog: Any
) -> None:
    guard.goes_on()
    looks(guard, LIMIT)
    assert ended == []
    looks(guard, LOOK)
    assert ended == [os.EX_SOFTWARE]
    [line] = caplog.records
    assert line.levelname == "CRITICAL"
    assert "has stood still for 5 s" in line.getMessage()
    assert "test_a_loop_that_stands_still" in line.getMessage() or "MainThread" in line.getMessage()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_that_was_told_to_end_and_does_not_is_ended_though_it_goes_on(
    guard: Guard, ended: list[int], number: int, caplog: Any
) -> None:
    guard.look(bytes([number]))
    for _second in range(int(GRACE) - 1):
        guard.goes_on()
        guard.look(b"")
    assert ended == []
    guard.goes_on()
    guard.look(b"")
    assert ended == [os.EX_SOFTWARE]
    assert "was told to end 10 s ago" in caplog.text


def test_other_signals_ask_nothing(guard: Guard, ended: list[int]) -> None:
    guard.look(bytes([signal.SIGCHLD, signal.SIGHUP]))
    for _second in range(int(GRACE) * 2):
        guard.goes_on()
        guard.look(b"")
    assert ended == []


def test_each_look_winds_up_the_watchdog_that_needs_no_lock(guard: Guard, monkeypatch: Any) -> None:
    wound: list[tuple[float, bool, Any]] = []
    monkeypatch.setattr(
        faulthandler, "dump_traceback_later", lambda s, *, exit, file: wound.append((s, exit, file))
    )
    guard.wind_up()
    assert wound == [(standstill.LAST_RESORT, True, sys.__stderr__)]


# --- a real clock -------------------------------------------------------------------------------


def start(processes: Any, folder: Path, **environment: str) -> Any:
    return processes.start_clock(
        DJANGO_SETTINGS_MODULE="tests.clock.hanging", HANGING_FOLDER=str(folder), **environment
    )


def hang(folder: Path, way: str) -> None:
    (folder / way).touch()
    wait_until((folder / f"{way}-hangs").exists, what="the clock to stand still")


@pytest.mark.stack
def test_a_real_clock_that_stands_still_ends_with_its_stack_in_the_log(
    processes: Any, tmp_path: Path
) -> None:
    """Its manager starts it anew: under systemd (Restart=on-failure), Docker (restart: unless-stopped)."""
    clock = start(processes, tmp_path, CLOCK_STALL_SECONDS="5")
    hang(tmp_path, "deaf")
    wait_until(lambda: not clock.running, what="the clock to end")
    assert clock.popen.returncode == os.EX_SOFTWARE
    assert "has stood still for" in clock.tail(200)
    assert "in __del__" in clock.tail(200)


@pytest.mark.stack
def test_a_real_clock_that_stands_still_ends_when_it_is_told_to(processes: Any, tmp_path: Path) -> None:
    clock = start(processes, tmp_path)
    hang(tmp_path, "deaf")
    assert clock.stop(timeout=GRACE + 15) == os.EX_SOFTWARE
    assert "was told to end" in clock.tail(200)


@pytest.mark.long
@pytest.mark.stack
def test_a_real_clock_deep_in_c_code_ends_too(processes: Any, tmp_path: Path) -> None:
    """No thread of Python's goes on there: only faulthandler's own."""
    clock = start(processes, tmp_path, CLOCK_STALL_SECONDS="5")
    hang(tmp_path, "in_c")
    wait_until(lambda: not clock.running, standstill.LAST_RESORT + 30, what="the clock to end")
    assert clock.popen.returncode == 1
    assert "in_c" in clock.tail(200)


# --- what is said of it --------------------------------------------------------------------------


def clock(ago: timedelta, name: str = "clock@one-7", **details: Any) -> Node:
    moment = timezone.now() - ago
    return Node.objects.create(
        name=name, kind=Node.Kind.CLOCK, started_at=moment, beat_at=moment, details=details
    )


@pytest.mark.django_db
def test_within_half_a_minute_doctor_says_that_no_look_came_to_its_end() -> None:
    clock(timedelta(seconds=31))
    [finding] = list(check_clock(timezone.now()))
    assert finding.level is Level.FAILED
    assert "clock@one-7 has come to the end of no look for 31 s" in finding.sentence


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/readyz"])
def test_the_probe_says_so_too(address: str, client: Any) -> None:
    clock(timedelta(seconds=5))
    assert client.get(address).json()["clock"] == "ok"
    Node.objects.update(beat_at=timezone.now() - timedelta(seconds=31))
    assert client.get(address).json()["clock"] == "failed"


@pytest.mark.django_db
def test_a_clock_that_said_goodbye_does_not_stand_still() -> None:
    clock(timedelta(seconds=40))
    Node.objects.update(stopped_at=timezone.now())
    [finding] = list(check_clock(timezone.now()))
    assert "No clock is running" in finding.sentence


@pytest.mark.django_db
def test_the_dashboard_says_which_part_of_a_look_fails(admin_client: Any) -> None:
    clock(timedelta(), failed={"slots": "DataError: a row", "gone": "of another version"})
    page = admin_client.get("/admin/").content.decode()
    assert "The clock cannot make the jobs of schedules that are due" in page
    assert "DataError: a row" in page
