"""Python programs of the back office, started from a Python that has imported the libraries already.

A start of the back office takes two processor seconds of imports before the first line of ours is read, and
the tests start hundreds. So a server (server.py) imports what lies in libraries and reads no settings, and
forks: each program then begins as by itself, with its own arguments, environment, folder, output and process
group, and reads settings and all modules of ours anew.

What a start itself must prove is not started so: tests/start, tests/deploy, tests/growing/hosts.py.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

SERVER = Path(__file__).with_name("server.py")


class Program:
    """As subprocess.Popen, of a script of Python: `command` is its path and its arguments.

    It stands in a session of its own, with nothing to read, and no file open but its output.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdout: IO[bytes],
        stderr: IO[bytes] | None = None,
    ) -> None:
        self.args = command
        self.returncode: int | Any = None  # as of Popen
        self.told = socket.socket(socket.AF_UNIX)
        self.told.connect(server_address())
        asked = json.dumps({"argv": [str(word) for word in command], "env": dict(env), "cwd": str(cwd)})
        socket.send_fds(self.told, [b"+"], [stdout.fileno(), (stderr or stdout).fileno()])
        self.told.sendall(asked.encode() + b"\n")
        self.lines = self.told.makefile()
        self.pid = int(self.lines.readline())

    def poll(self) -> int | None:
        """Its exit code, below zero where a signal ended it; None while it runs."""
        if self.returncode is None and select.select([self.told], [], [], 0)[0]:
            self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self.told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self._ended()
        return int(self.returncode)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(15)

    def _ended(self) -> None:
        self.returncode = int(self.lines.readline())
        self.lines.close()
        self.told.close()


def run(
    command: Sequence[str], *, env: Mapping[str, str], cwd: Path, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """As subprocess.run, with what it printed as text."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        program = Program(command, env=env, cwd=cwd, stdout=out, stderr=err)
        try:
            code = program.wait(timeout)
        except BaseException:
            os.killpg(program.pid, 9)
            raise
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, code, out.read().decode(), err.read().decode())


@cache
def server_address() -> str:
    """Of this process's server, begun with the first program; it ends with this process."""
    address = str(Path(tempfile.mkdtemp(prefix="warm-")) / "socket")
    # Unbuffered, as every start of a stack is. It ends when its standard input does.
    server = subprocess.Popen(
        [sys.executable, "-u", SERVER, address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C is the tests' to answer
    )
    assert server.stdin
    assert server.stdout
    assert server.stdout.readline() == b"ready\n"
    atexit.register(server.wait)
    atexit.register(server.stdin.close)  # the last that is registered goes first
    return address
