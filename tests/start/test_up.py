"""`make up` in a process of its own: what it proves, what it leaves alone, and that nothing outlives it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from projet.local import env_file
from projet.local.bundled_redis import answers
from projet.local.processes import MARK
from tests.servers import ROOT, Process, RedisServer, wait_until

pytestmark = [pytest.mark.once, pytest.mark.stack, pytest.mark.timeout(300)]

# What tests set for themselves and a person's shell has not.
NOT_A_SHELLS = (
    *("DJANGO_", "CELERY_", "ENVIRONMENT", "DEBUG", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DATABASE_URL"),
    *("PYTEST", "AWS_"),
)

# The processes of a run, and what each is known by in its command line.
PROGRAMS = {"redis": "redis-server", "web": "gunicorn", "worker": " worker ", "clock": " beat "}


class Up(Process):
    """`python -m projet.local up` on an installation of its own in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.env_path = folder, folder / ".env"
        shell = {name: value for name, value in os.environ.items() if not name.startswith(NOT_A_SHELLS)}
        super().__init__(
            "up",
            [sys.executable, "-m", "projet.local", "up"],
            folder / "up.log",
            lambda: "Ctrl-C stops it" in self.printed,
            environment=shell
            | {"ENV_FILE": str(self.env_path), "DATA_DIR": str(folder / "var"), "LANGUAGE_CODE": "en"},
        )

    def have_tables(self, migrated: Path) -> None:
        """As an earlier run left them, whose migrations took most of its start."""
        (self.folder / "var").mkdir()
        shutil.copy(migrated, self.folder / "var" / "backoffice.sqlite3")

    @property
    def printed(self) -> str:
        return self.log.read_text()

    def in_another_shell(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            env=dict(self.environment or {}),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    @property
    def redis(self) -> env_file.OurRedis | None:
        """The bundled Redis, as `.env` has it."""
        line = env_file.OUR_BROKER.search(self.env_path.read_text())
        return env_file.OurRedis(int(line["port"]), line["password"]) if line else None

    def pid_of(self, name: str) -> int:
        """The process id of one of PROGRAMS; LookupError while it is not there."""
        for process in psutil.Process(self.pid).children(recursive=False):
            with contextlib.suppress(psutil.Error):
                if PROGRAMS[name] in " ".join(process.cmdline()):
                    return process.pid
        raise LookupError(name)

    def started(self) -> list[str]:
        """Command lines of the living processes that this run, or a child of it, started."""
        found = []
        for process in psutil.process_iter():
            try:
                cwd, mark = process.cwd(), process.environ().get(MARK, "")
                if cwd.startswith(str(self.folder)) or mark.startswith(str(self.folder)):
                    found.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return found


def kill_as_it_comes(up: Up, name: str) -> None:
    """Kill it each time that it was started again, until the run has had enough."""
    while up.running and "times within" not in up.printed:
        with contextlib.suppress(LookupError, ProcessLookupError):
            os.kill(up.pid_of(name), signal.SIGKILL)
        time.sleep(0.1)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    one = Up(tmp_path)
    yield one
    if one.running:
        one.stop()
    print(one.tail())


def test_it_proves_each_part_starts_again_what_is_killed_and_leaves_nothing_behind(up: Up) -> None:
    up.start(timeout=300)
    check_each_part_is_proven(up)
    check_it_serves_other_shells(up)
    check_nobody_else_on_this_machine_reads_it(up)
    check_what_is_killed_is_started_again_and_the_others_stay_up(up)
    assert len(up.started()) >= 4
    os.kill(up.pid, signal.SIGINT)
    assert up.popen is not None
    assert up.popen.wait(60) == 0
    assert up.started() == []


def check_each_part_is_proven(up: Up) -> None:
    for part in ("Broker", "Database", "Web", "Worker", "Clock", "Email", "Report"):
        assert f"✓ {part}" in up.printed
    assert "%PDF-" in up.printed
    for account in ("staff@example.org", "support@example.org", "manager@example.org", "admin@example.org"):
        assert account in up.printed


def check_it_serves_other_shells(up: Up) -> None:
    ping = up.in_another_shell("-m", "celery", "-A", "projet", "inspect", "ping")
    assert "pong" in ping.stdout, ping.stderr
    launched = up.in_another_shell("manage.py", "launch", "envoi_email", "destinataire_id=1", "--wait")
    assert launched.returncode == 0, launched.stderr
    second = up.in_another_shell("-m", "projet.local", "up")
    assert second.returncode != 0
    assert "runs already" in second.stderr


def check_nobody_else_on_this_machine_reads_it(up: Up) -> None:
    """Settings, database, logs, emails, reports, sockets: all that was written, but this test's own log."""
    written = [path for path in (up.folder / "var", *up.folder.rglob("*")) if path != up.log]
    assert {"backoffice.sqlite3", ".env", "web.log", "redis.conf"} <= {path.name for path in written}
    assert [path for path in written if path.stat(follow_symlinks=False).st_mode & 0o077] == []
    assert up.redis
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=up.redis.port).ping()
    assert not any(up.redis.password in line for line in up.started()), "in the list of processes"
    assert up.redis.password not in up.printed


def check_what_is_killed_is_started_again_and_the_others_stay_up(up: Up) -> None:
    before = {name: up.pid_of(name) for name in PROGRAMS}
    assert up.redis
    client = redis.Redis(port=up.redis.port, password=up.redis.password)
    client.set("kept", "by the append-only file")

    os.kill(before["redis"], signal.SIGKILL)
    wait_until(lambda: "The redis ended with code -9; it is started again in 5 s." in up.printed)
    queued = up.in_another_shell("manage.py", "launch", "envoi_email", "destinataire_id=1")
    assert queued.returncode == 0, queued.stderr
    wait_until(lambda: answers(client), what="the Redis on its port")
    assert client.get("kept") == b"by the append-only file"

    os.kill(before["worker"], signal.SIGKILL)
    wait_until(lambda: "The worker was started again." in up.printed)
    launched = up.in_another_shell("manage.py", "launch", "envoi_email", "destinataire_id=1", "--wait")
    assert launched.returncode == 0, launched.stderr

    after = {name: up.pid_of(name) for name in PROGRAMS}
    assert {name for name in PROGRAMS if after[name] != before[name]} == {"redis", "worker"}


def test_a_redis_it_did_not_start_is_used_and_left_running_and_three_quick_deaths_end_the_run(
    up: Up, broker: RedisServer, migrated: Path
) -> None:
    up.have_tables(migrated)
    up.env_path.write_text(f"ENVIRONMENT=local\nDEBUG=true\nCELERY_BROKER_URL={broker.url}\n")
    up.start(timeout=300)
    assert "left as it is" in up.printed
    assert up.redis is None
    assert not any("redis-server" in line for line in up.started())

    kill_as_it_comes(up, "web")
    assert up.popen is not None
    assert up.popen.wait(60) == 1
    assert "The web ended with code -9, 3 times" in up.printed
    assert "web.log" in up.printed
    assert up.started() == []
    assert broker.client.ping()


def test_what_cannot_be_proven_ends_it_with_the_reason(up: Up, migrated: Path) -> None:
    up.have_tables(migrated)
    (up.folder / "var" / "files").write_text("a file where the folder of reports should be")
    with pytest.raises(AssertionError, match="ended at once with code 1"):
        up.start(timeout=300)
    assert "✓ Email" in up.printed
    assert "✗" in up.printed
    assert "rapport_pdf" in up.printed
    assert "worker.log" in up.printed
    assert up.started() == []


def test_a_broker_that_does_not_answer_is_named_with_what_to_do(up: Up) -> None:
    up.env_path.write_text("ENVIRONMENT=local\nCELERY_BROKER_URL=redis://:secret@127.0.0.1:1/0\n")
    done = up.in_another_shell("-m", "projet.local", "up")
    assert done.returncode == 1
    assert "CELERY_BROKER_URL" in done.stderr
    assert "secret" not in done.stderr
