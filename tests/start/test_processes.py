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

pytestmark = [pytest.mark.once, pytest.mark.processes]

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
    assert processes.ended() == [one]
    assert one.popen.returncode == 3
    processes.stop()


def test_one_that_is_started_again_has_its_environment_its_place_and_its_log(tmp_path: Path) -> None:
    processes = Processes(tmp_path, tmp_path)
    speak = [sys.executable, "-c", "import os; print(os.environ['WORD'])"]
    first = processes.start("speaker", speak, {"WORD": "hello"})
    other = processes.start("other", [sys.executable, "-c", "import time; time.sleep(600)"])
    first.popen.wait()
    again = processes.start_again(first)
    again.popen.wait()
    assert again.popen.pid != first.popen.pid
    assert processes.running == [again, other]
    assert again.log.read_text() == "hello\nhello\n"
    processes.stop()


def test_what_is_started_again_is_found_after_a_crash(tmp_path: Path) -> None:
    crashed = Processes(tmp_path, tmp_path)
    leader, _child = start_family(crashed)
    os.kill(leader, signal.SIGKILL)
    crashed.running[0].popen.wait()
    crashed.end_children_of(crashed.running[0])
    again = crashed.start_again(crashed.running[0])
    assert Processes(tmp_path, tmp_path).stop_leftovers() == ["family"]
    again.popen.wait()
    assert gone(again.popen.pid)


@pytest.fixture(autouse=True)
def _no_process_outlives_its_test(tmp_path: Path):
    yield
    record = Processes(tmp_path, tmp_path)
    record.stop_leftovers()
