"""A process that ends by itself is started again, unless it keeps ending at once."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from projet.local.errors import Trouble
from projet.local.processes import Processes, Running
from projet.local.supervisor import PAUSE, QUICK, Supervisor
from tests.servers import wait_until
from tests.start.test_processes import gone, start_family

pytestmark = pytest.mark.once

STAYS = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path, tmp_path)
    yield made
    made.stop()


def kill(one: Running) -> None:
    os.kill(one.popen.pid, signal.SIGKILL)
    one.popen.wait()


def test_the_one_that_was_killed_is_started_again_after_a_pause_and_the_others_stay(
    processes: Processes, capsys: pytest.CaptureFixture[str]
) -> None:
    other, victim = processes.start("redis", STAYS), processes.start("web", STAYS)
    supervisor, now = Supervisor(processes), time.monotonic()
    kill(victim)
    supervisor.look(now)
    supervisor.look(now + PAUSE - 0.1)
    assert processes.running == [other, victim]
    assert "The web ended with code -9; it is started again in 5 s." in capsys.readouterr().out

    supervisor.look(now + PAUSE)
    assert processes.running[0] is other
    assert not processes.ended()
    assert processes.running[1].popen.pid != victim.popen.pid
    assert "The web was started again." in capsys.readouterr().out


def test_three_quick_deaths_of_one_process_name_its_log(processes: Processes) -> None:
    processes.start("web", STAYS)
    supervisor = Supervisor(processes)
    for _ in range(2):
        kill(processes.running[0])
        now = time.monotonic()
        supervisor.look(now)
        supervisor.look(now + PAUSE)
    kill(processes.running[0])
    with pytest.raises(Trouble, match=r"The web ended with code -9, 3 times") as trouble:
        supervisor.look(time.monotonic())
    assert trouble.value.log == "web"


def test_quick_deaths_of_different_processes_are_not_added_up(processes: Processes) -> None:
    for name in ("redis", "web", "worker"):
        processes.start(name, STAYS)
    supervisor, now = Supervisor(processes), time.monotonic()
    for one in processes.running:
        kill(one)
    supervisor.look(now)
    supervisor.look(now + PAUSE)
    assert not processes.ended()


def test_a_death_after_a_good_while_begins_the_count_anew(processes: Processes) -> None:
    processes.start("web", STAYS)
    supervisor = Supervisor(processes)
    for lived in (0.0, 0.0, QUICK, 0.0, 0.0):
        kill(processes.running[0])
        died = processes.running[0].started_at + lived
        supervisor.look(died)
        supervisor.look(died + PAUSE)
    assert not processes.ended()


def test_a_child_of_the_one_that_was_killed_does_not_keep_its_port(processes: Processes) -> None:
    leader, child = start_family(processes)
    os.kill(leader, signal.SIGKILL)
    processes.running[0].popen.wait()
    Supervisor(processes).look(time.monotonic())
    wait_until(lambda: gone(child), what="the child to end")
