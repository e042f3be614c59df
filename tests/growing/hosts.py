"""Several hosts on one machine: network namespaces on a bridge, each with a name and a folder of its own.

Where the machine does not allow them (they need root on Linux) the same processes run side by side on
loopback, told apart by their names and ports alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from projet.local.programs import free_port
from tests.programs import find_ip
from tests.servers import ROOT, Process

PROGRAMS = Path(sys.executable).parent


def ip(*words: object, check: bool = True) -> None:
    subprocess.run(["ip", *map(str, words)], check=check, capture_output=True)


class Network:
    """`address` is the machine's own, where database, broker and bucket listen.

    The bridge is in a namespace too, which the test's thread enters until `remove()`: a browser that another
    test drives gives up what it loads (ERR_NETWORK_CHANGED) whenever the machine gets or loses an interface.
    """

    def __init__(self) -> None:
        self.apart = find_ip() is not None
        # Names of namespaces are the machine's, and other test processes have networks too.
        self.number = os.getpid() % 250 + 1
        self.bridge = f"bo-{self.number}"
        self.address = f"10.77.{self.number}.1" if self.apart else "127.0.0.1"
        self.hosts: list[Host] = []
        if self.apart:
            self.left = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            os.unshare(os.CLONE_NEWNET)
            ip("link", "set", "lo", "up")
            ip("link", "add", self.bridge, "type", "bridge")
            ip("address", "add", f"{self.address}/24", "dev", self.bridge)
            ip("link", "set", self.bridge, "up")

    def host(self, name: str, folder: Path, environment: Mapping[str, str]) -> Host:
        made = Host(self, name, len(self.hosts) + 2, folder, environment)
        self.hosts.append(made)
        return made

    def remove(self) -> None:
        for host in reversed(self.hosts):
            host.remove()
        if self.apart:
            ip("link", "delete", self.bridge, check=False)
            os.setns(self.left, os.CLONE_NEWNET)
            os.close(self.left)


class Host:
    def __init__(
        self, network: Network, name: str, number: int, folder: Path, environment: Mapping[str, str]
    ) -> None:
        self.network, self.name, self.folder = network, name, folder / name
        self.folder.mkdir()
        self.space, self.cable = f"{network.bridge}-{name}", f"v{network.number}-{number}"
        self.address = f"10.77.{network.number}.{number}" if network.apart else "127.0.0.1"
        self.processes: list[Process] = []
        # Nothing but the database, the broker and the bucket is shared: not even a folder.
        self.environment = dict(environment) | {"DATA_DIR": str(self.folder / "data")}
        self.prefix: list[str] = []
        if network.apart:
            ip("netns", "add", self.space)
            ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", self.space)
            ip("link", "set", self.cable, "master", network.bridge, "up")
            ip("-n", self.space, "address", "add", f"{self.address}/24", "dev", "eth0")
            ip("-n", self.space, "link", "set", "eth0", "up")
            ip("-n", self.space, "link", "set", "lo", "up")
            naming = 'hostname "$0" && exec "$@"'
            self.prefix = ["ip", "netns", "exec", self.space, "unshare", "--uts", "sh", "-c", naming, name]

    def start(self, *command: str) -> Process:
        """One of the back office's commands, started; the caller awaits what it is for."""
        process = Process(
            self.name,
            [*self.prefix, PROGRAMS / command[0], *command[1:]],
            self.folder / "log",
            ready=lambda: True,
            environment=self.environment,
        )
        self.processes.append(process)
        process.start()
        return process

    def start_worker(self) -> Process:
        # Hosts that share the machine's name must be told apart by the worker's.
        name = f"{'worker' if self.network.apart else self.name}@%h"
        return self.start(
            *("celery", "-A", "projet", "worker", "-l", "info", "-Q", "high,default,low", "-O", "fair"),
            *("-n", name, "--concurrency=2"),
        )

    def start_clock(self) -> Process:
        return self.start("celery", "-A", "projet", "beat", "-l", "info", "--pidfile=")

    def start_web(self) -> str:
        """Its address."""
        port = 8000 if self.network.apart else free_port()
        self.start("gunicorn", "projet.wsgi", "--bind", f"{self.address}:{port}", "--workers", "1")
        return f"http://{self.address}:{port}"

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [*self.prefix, sys.executable, "manage.py", *words],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def cut_off(self) -> None:
        """The cable is pulled, without a goodbye; on loopback the power fails instead."""
        if self.network.apart:
            ip("link", "set", self.cable, "down")
        else:
            for process in self.processes:
                process.kill()

    def remove(self) -> None:
        for process in self.processes:
            process.kill()
            print(process.tail())
        if self.network.apart:
            ip("link", "delete", self.cable, check=False)
            ip("netns", "delete", self.space, check=False)
