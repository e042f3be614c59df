"""Private servers and processes for tests: started, awaited by a condition, stopped by process group."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import psycopg
import redis

from projet.local.programs import find_redis_server, free_port
from projet.local.services import http_status
from tests import warm
from tests.programs import find_postgres

ROOT = Path(__file__).resolve().parent.parent


def wait_until[T](
    condition: Callable[[], T | None], timeout: float = 60, what: str = "", every: float = 0.25
) -> T:
    """The condition's first true value; AssertionError with `what` (or the last value) after `timeout` s.

    It looks often at first, and then each `every` seconds: looks take the machine from what is awaited.
    """
    deadline = time.monotonic() + timeout
    pause = 0.01
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            what = what or getattr(condition, "__name__", repr(condition))
            raise AssertionError(f"Waited {timeout:.0f} s in vain for: {what} (last value: {value!r})")
        time.sleep(pause)
        pause = min(1.5 * pause, every)


class Process:
    """A program in a process group of its own, with its output in a log file."""

    def __init__(
        self,
        name: str,
        command: Sequence[object],
        log: Path,
        ready: Callable[[], Any],
        *,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        polite: signal.Signals = signal.SIGTERM,
        folder: Path = ROOT,
    ) -> None:
        """`ready` is true once it serves; `polite` is the signal that asks it to end."""
        self.name, self.command, self.log, self.ready = name, [str(part) for part in command], log, ready
        self.environment, self.user, self.polite, self.starts_in = environment, user, polite, folder
        self.popen: subprocess.Popen[bytes] | warm.Program | None = None

    @property
    def pid(self) -> int:
        assert self.popen is not None, f"{self.name} was not started"
        return self.popen.pid

    @property
    def running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def spawn(self) -> None:
        """Start it and wait for nothing."""
        with self.log.open("ab") as output:
            self.popen = self.begin(output)

    def begin(self, output: IO[bytes]) -> subprocess.Popen[bytes] | warm.Program:
        return subprocess.Popen(
            self.command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=None if self.environment is None else dict(self.environment),
            cwd=self.starts_in,
            start_new_session=True,
            user=self.user,
            extra_groups=[] if self.user else None,
            group=pwd.getpwnam(self.user).pw_gid if self.user else None,
        )

    def start(self, timeout: float = 60) -> None:
        """Start it and wait until it is ready; AssertionError with its log's end when it is not."""
        self.spawn()

        def ready_or_dead() -> bool:
            return not self.running or bool(self.ready())

        try:
            wait_until(ready_or_dead, timeout, f"{self.name} to be ready")
            code = self.popen.returncode if self.popen else None
            assert self.running, f"{self.name} ended at once with code {code}"
        except BaseException as error:
            self.kill()
            error.add_note(self.tail())
            raise

    def stop(self, timeout: float = 60) -> int:
        """Ask it to end and wait for it; whatever its group left behind is killed. Returns its exit code."""
        if self.popen is None:
            return 0
        if self.running:
            self.popen.send_signal(self.polite)
            try:
                self.popen.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.name} did not end within {timeout} s\n{self.tail()}") from None
        self._signal_group(signal.SIGKILL)
        return self.popen.returncode

    def terminate(self) -> None:
        """Ask it to end, and do not wait."""
        if self.running:
            os.kill(self.pid, self.polite)

    def kill(self) -> None:
        """As a power cut: the whole group at once, without a word."""
        self._signal_group(signal.SIGKILL)
        if self.popen is not None:
            self.popen.wait(10)

    def freeze(self) -> None:
        """As a host that is suspended: the whole group stands still until `thaw`."""
        self._signal_group(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_group(signal.SIGCONT)

    def tail(self, lines: int = 60) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"--- end of {self.log} ---\n" + "\n".join(text.splitlines()[-lines:])

    def _signal_group(self, number: signal.Signals) -> None:
        if self.popen is not None:
            try:
                os.killpg(self.popen.pid, number)
            except ProcessLookupError:
                return


class WarmProcess(Process):
    """A script of Python's that finds its libraries imported: tests/warm."""

    def begin(self, output: IO[bytes]) -> warm.Program:
        return warm.Program(
            self.command, env=dict(self.environment or os.environ), cwd=self.starts_in, stdout=output
        )


class RedisServer(Process):
    """A Redis that holds nothing on disk unless `durable`; `start` after `stop` keeps its port."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        program = find_redis_server()
        assert program is not None, "no redis-server: apt-get install redis-server"
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/1"
        self.client = redis.Redis.from_url(self.url)
        super().__init__(
            "redis",
            [
                *(program, "--dir", folder, "--port", self.port, "--bind", "127.0.0.1", "--save", ""),
                *("--appendonly", "yes" if durable else "no", "--maxmemory-policy", "noeviction"),
            ],
            folder / "redis.log",
            self._answers,
        )

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False


class PostgresServer(Process):
    """A PostgreSQL cluster in a temporary folder, open to this machine only, without a password."""

    def __init__(self, *, durable: bool = False) -> None:
        programs = find_postgres()
        assert programs is not None, "no PostgreSQL programs: apt-get install postgresql"
        # Where its user may enter: tests/settings.py opens the folder of a run to who knows a name in it.
        self.folder = Path(tempfile.mkdtemp(prefix="backoffice-postgres-"))
        self.port = free_port()
        super().__init__(
            "postgres",
            [
                *(programs / "postgres", "-D", self.folder / "data", "-p", self.port, "-k", self.folder),
                *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"),
                *("-c", f"fsync={'on' if durable else 'off'}"),
                *("-c", "jit=off"),  # a plan without its best way looks dear enough to be compiled first
                *(
                    "-c",
                    f"full_page_writes={'on' if durable else 'off'}",
                ),  # a kill tears no page, a power cut may
            ],
            self.folder / "postgres.log",
            self._answers,
            user=_server_user(),
            polite=signal.SIGINT,  # "fast shutdown": sessions are ended, not waited for
        )
        if self.user:
            shutil.chown(self.folder, self.user)
        self._as_server(
            [
                *(programs / "initdb", "-D", self.folder / "data", "-U", "backoffice"),
                *("-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ]
        )

    def url(self, database: str = "postgres") -> str:
        return f"postgres://backoffice@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """An empty database, dropped first where it was; its URL."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_server(self, command: Sequence[object]) -> None:
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            cwd=self.folder,
            user=self.user,
            check=False,
        )
        assert done.returncode == 0, f"{command[0]} failed: {done.stdout}\n{done.stderr}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class MotoServer(Process):
    """AWS on this machine: moto's HTTP server (sesv2, S3, SNS, SQS)."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(
            "moto",
            [sys.executable, "-m", "moto.server", "-p", str(self.port)],
            folder / "moto.log",
            lambda: http_status(f"{self.url}/moto-api/data.json") == 200,
        )

    def reset(self) -> None:
        urllib.request.urlopen(f"{self.url}/moto-api/reset", data=b"", timeout=10).close()


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as the package's user, or as nobody."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
