"""The processes of one `make up`: started in groups of their own, watched, and stopped to the last one.

Not honcho, which ends all when one ends and records nothing: docs/decisions/0014.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

# The worker puts back what it holds within WORKER_SOFT_SHUTDOWN_SECONDS (20); then the group is killed.
PATIENCE = 30.0  # seconds
# In the environment of each process, so that a child whose parent died is still known as ours.
MARK = "BACKOFFICE_RUN"


@dataclass
class Running:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    popen: subprocess.Popen[bytes]
    started_at: float  # time.monotonic

    @property
    def ended(self) -> bool:
        return self.popen.poll() is not None


class Processes:
    """All that one run started: first the broker, which ends last. `record` serves the run after a crash."""

    def __init__(self, root: Path, data: Path) -> None:
        self.root, self.logs, self.record = root, data / "log", data / "processes.json"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.running: list[Running] = []

    def start(
        self, name: str, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ) -> Running:
        """Start a program in a new process group, with its output in log/<name>.log (the last in .log.1)."""
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        one = self._launch(name, [str(part) for part in command], dict(environment or {}), log)
        self.running.append(one)
        self._write_record()
        return one

    def start_again(self, one: Running) -> Running:
        """Start one that ended as it was started before; its log goes on in the same file."""
        again = self._launch(one.name, one.command, one.environment, one.log)
        self.running[self.running.index(one)] = again
        self._write_record()
        return again

    def ended(self) -> list[Running]:
        return [one for one in self.running if one.ended]

    def end_children_of(self, one: Running) -> None:
        """Kill what an ended leader left in its group: a child may still hold its port."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(one.popen.pid, signal.SIGKILL)

    def _launch(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> Running:
        with log.open("ab") as output:
            popen = subprocess.Popen(
                command,
                cwd=self.root,
                env=os.environ | environment | {MARK: str(self.record)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone; we pass it on in order
            )
        return Running(name, command, environment, log, popen, time.monotonic())

    def stop(self) -> None:
        """End the first last, the others at once: ask, wait, and kill what does not listen."""
        for ending in (self.running[1:], self.running[:1]):
            _end_groups([one.popen.pid for one in ending])
            for one in ending:
                one.popen.wait()
        self.running.clear()
        self.record.unlink(missing_ok=True)

    def stop_leftovers(self) -> list[str]:
        """End what a crashed run left behind; the names. A process id that was reused is left alone."""
        if not self.record.exists():
            return []
        left = [
            (name, pid)
            for name, pid, started in json.loads(self.record.read_text())
            if self._ours(pid, started)
        ]
        _end_groups([pid for _name, pid in left])
        self.record.unlink()
        return [name for name, _pid in left]

    def _ours(self, group: int, started: float) -> bool:
        """Whether a living process group is the recorded one: by its leader's start, or a child's mark."""
        for member in _members(group):
            with contextlib.suppress(psutil.Error):
                # Start times are counted from the boot, whose own time may be corrected by a second.
                if member.pid == group and abs(member.create_time() - started) < 2:
                    return True
                if member.environ().get(MARK) == str(self.record):
                    return True
        return False

    def _write_record(self) -> None:
        rows = []
        for one in self.running:
            with contextlib.suppress(psutil.NoSuchProcess):
                rows.append((one.name, one.popen.pid, psutil.Process(one.popen.pid).create_time()))
        self.record.write_text(json.dumps(rows))


def _members(group: int) -> list[psutil.Process]:
    """The living processes of a group."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _end_groups(groups: Sequence[int]) -> None:
    """SIGTERM to the leaders, who know how to end their children; SIGKILL to whoever is left."""
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.kill(group, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(_alive(group) for group in groups):
        time.sleep(0.05)
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
