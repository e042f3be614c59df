"""Whatever a run started ends with it, and what a crashed run left is found again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from projet.local.processes import Processes
from tests.servers import wait_until

pytestmark = pytest.mark.once

# A leader that does not end on SIGTERM's default road: it has a child, and prints when it is asked.
FAMILY = """
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
signal.signal(signal.SIGTERM, lambda *_: (print("asked", flush=True), sys.exit(0)))
print(child.pid, flush=True)
signal.pause()
"""


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def start_family(processes: Processes) -> tuple[int, int]:
    """Process ids of a leader and of the child it started."""
    one = processes.start("family", [sys.executable, "-c", FAMILY])
    child = wait_until(lambda: one.log.read_text().strip(), what="the child's process id")
    return one.popen.pid, int(child)


def test_stopping_asks_the_leader_and_leaves_no_child(tmp_path: Path) -> None:
    processes = Processes(tmp_path, tmp_path)
    leader, child = start_family(processes)
    processes.stop()
    assert gone(leader)
    wait_until(lambda: gone(child), what="the child to end")
    assert "asked" in (tmp_path / "log" / "family.log").read_text()
    assert not processes.record.exists()


def test_a_run_after_a_crash_stops_what_the_crash_left(tmp_path: Path) -> None:
    crashed = Processes(tmp_path, tmp_path)
    leader, child = start_family(crashed)
    assert Processes(tmp_path, tmp_path).stop_leftovers() == ["family"]
    crashed.running[0].popen.wait()
    assert gone(leader)
    wait_until(lambda: gone(child), what="the child to end")


def test_a_child_whose_leader_died_is_still_found(tmp_path: Path) -> None:
    crashed = Processes(tmp_path, tmp_path)
    leader, child = start_family(crashed)
    os.kill(leader, signal.SIGKILL)
    crashed.running[0].popen.wait()
    assert not gone(child)
    assert Processes(tmp_path, tmp_path).stop_leftovers() == ["family"]
    wait_until(lambda: gone(child), what="the child to end")


def test_a_process_id_that_a_stranger_reused_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True
    )
    try:
        processes = Processes(tmp_path, tmp_path)
        yesterday = psutil.Process(stranger.pid).create_time() - 86_400
        processes.record.write_text(json.dumps([("web", stranger.pid, yesterday)]))
        assert processes.stop_leftovers() == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    for word in ("first", "second"):
        processes = Processes(tmp_path, tmp_path)
        one = processes.start("speaker", [sys.executable, "-c", f"print('{word}')"])
        one.popen.wait()
        processes.stop()
    assert (tmp_path / "log" / "speaker.log").read_text() == "second\n"
    assert (tmp_path / "log" / "speaker.log.1").read_text() == "first\n"


def test_a_process_that_ended_by_itself_is_noticed(tmp_path: Path) -> None:
    processes = Processes(tmp_path, tmp_path)
    one = processes.start("short", [sys.executable, "-c", "raise SystemExit(3)"])
    one.popen.wait()
    ended = processes.first_ended()
    assert ended is one
    assert ended.popen.returncode == 3
    processes.stop()


@pytest.fixture(autouse=True)
def _no_process_outlives_its_test(tmp_path: Path):
    yield
    record = Processes(tmp_path, tmp_path)
    record.stop_leftovers()
