"""The services of docker-compose.yml, and the units, on this machine: their own commands, environments and
health checks, with reports in a queue of their own.

Only addresses differ: hosts and ports become free ports of 127.0.0.1, folders of data one of the test's.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from projet.local.programs import find_redis_server, free_port
from tests.deploy import reading
from tests.servers import PostgresServer, Process, wait_until

ROOT = reading.ROOT
# What systemd gives its services: systemd.exec(5), "Environment Variables in Spawned Processes".
SYSTEMD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
# What each writes once it has begun: a look at its health before costs as much as its start.
BEGUN = {
    "redis": "Ready to accept connections",
    "web": "Booting worker",
    "worker": " ready.",
    "worker-pdf": " ready.",
    "beat": "beat: Starting",
    "flower": "Visit me at",
}
LIMIT = 120.0  # seconds for a start on a machine that is busy with other tests


class Services:
    """As Docker compose starts them."""

    def __init__(self, postgres: PostgresServer, folder: Path, static: Path) -> None:
        self.folder, self.static = folder, static
        self.ports = {name: free_port() for name in ("redis", "web", "flower")}
        postgres.create_database("deployed")
        program = find_redis_server()
        assert program is not None
        self.path = os.pathsep.join(
            [str(Path(sys.executable).parent), str(program.parent), os.environ["PATH"]]
        )
        self.moved = {
            "@redis:6379": f"@127.0.0.1:{self.ports['redis']}",
            "@postgres:5432/backoffice": f"@127.0.0.1:{postgres.port}/deployed",
            "@127.0.0.1:6379": f"@127.0.0.1:{self.ports['redis']}",
            "@127.0.0.1:5432/backoffice": f"@127.0.0.1:{postgres.port}/deployed",
            "/opt/backoffice/.venv": str(Path(sys.executable).parent.parent),
            "0.0.0.0:8000": f"127.0.0.1:{self.ports['web']}",
            "127.0.0.1:8000": f"127.0.0.1:{self.ports['web']}",
            "127.0.0.1:5555": f"127.0.0.1:{self.ports['flower']}",
            "--port=5555": f"--port={self.ports['flower']}",
            "0.0.0.0": "127.0.0.1",  # noqa: S104 - of Flower in its container
            "redis-cli": f"redis-cli -p {self.ports['redis']}",
            "redis-server -": f"{program} - --bind 127.0.0.1 --port {self.ports['redis']} --dir {folder}",
        }
        self.moved_settings = {"DATA_DIR": str(folder / "data"), "PDF_QUEUE": "pdf"}
        self.processes: dict[str, Process] = {}

    def environment(self, service: str) -> dict[str, str]:
        """Nothing of the tests' own environment but where programs are."""
        given = {name: self._here(value) for name, value in reading.environment_of(service).items()}
        own = {"PATH": self.path, "ENV_FILE": os.devnull, "STATIC_ROOT": str(self.static)}
        return given | own | (self.moved_settings if "DATA_DIR" in given else {})

    def command(self, service: str) -> list[str]:
        return [self._here(word) for word in reading.command_of(service)]

    def grace(self, service: str) -> int:
        """Seconds between the request to stop and the kill."""
        return reading.seconds(reading.services()[service]["stop_grace_period"])

    def start(self, service: str) -> Process:
        process = Process(
            service,
            self.command(service),
            self.folder / f"{service}.log",
            ready=lambda: True,
            environment=self.environment(service),
        )
        self.processes[service] = process
        process.start()
        return process

    def run(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, as `docker compose run` would in that service; its own by default."""
        return subprocess.run(
            command or self.command(service),
            env=self.environment(service) | {"PATH": self.path},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    def await_health(self, service: str) -> None:
        """Wait until the service's own health check passes; its log is in the error where it does not."""
        check = [self._here(word) for word in reading.health_of(service)]
        process, said = self.processes[service], ""

        def healthy() -> bool:
            nonlocal said
            done = self.run(service, *check)
            said = done.stdout + done.stderr
            return done.returncode == 0

        try:
            wait_until(lambda: BEGUN[service] in process.tail(500), LIMIT, f"{service} to begin")
            wait_until(healthy, LIMIT, f"{service} to be healthy", every=1)
        except AssertionError as error:
            error.add_note(said + process.tail())
            raise

    def stop(self, service: str) -> tuple[int, list[psutil.Process]]:
        """SIGTERM to the main process, as Docker and systemd do; its exit code, and what it left behind."""
        process = self.processes.pop(service)
        main = psutil.Process(process.pid)
        family = [main, *main.children(recursive=True)]
        process.popen.terminate()
        code = process.popen.wait(self.grace(service))
        # A child that its parent has killed may take a moment to be gone from the table.
        _gone, left = psutil.wait_procs(family, timeout=60)
        return code, left

    def kill(self) -> None:
        for process in self.processes.values():
            process.kill()

    def _here(self, text: str) -> str:
        for theirs, ours in self.moved.items():
            text = text.replace(theirs, ours)
        return text


class Units(Services):
    """As systemd starts them; PostgreSQL and Redis, which are the host's own there, are those of compose."""

    def environment(self, service: str) -> dict[str, str]:
        if service == "redis":
            return super().environment(service)
        # Commands by hand (migrate) have the settings of every unit: the same file.
        values = reading.environment_of_unit("web" if service == "migrate" else service)
        given = {name: self._here(value) for name, value in values.items()}
        own = {"PATH": SYSTEMD_PATH, "ENV_FILE": os.devnull, "NOTIFY_SOCKET": str(self.folder / service)}
        return given | own | self.moved_settings | {"STATIC_ROOT": str(self.static)}

    def start(self, service: str) -> Process:
        """Where the unit's type is "notify", systemd waits for its word that it is ready."""
        if service == "redis" or reading.unit_of(service)["Type"] != "notify":
            return super().start(service)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(str(self.folder / service))
            systemd.settimeout(LIMIT)
            process = super().start(service)
            while "READY=1" not in systemd.recv(4096).decode():
                pass
        return process

    def command(self, service: str) -> list[str]:
        if service in ("redis", "migrate"):
            return super().command(service)
        return [self._here(word) for word in reading.command_of_unit(service)]

    def grace(self, service: str) -> int:
        if service in ("redis", "migrate"):
            return super().grace(service)
        return reading.seconds(reading.unit_of(service)["TimeoutStopSec"])
