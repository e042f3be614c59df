"""One run of the whole back office: start everything, prove it, wait, stop everything."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import django
from django.utils import timezone

from projet.local import env_file, private_redis, report, services
from projet.local.processes import Processes
from projet.local.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent.parent
ASKS_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Ctrl-C or SIGTERM. A BaseException, so that nothing on the way takes it for an error of its own."""


def run(*, stay: bool) -> int:
    """Start and prove the back office; with `stay` keep it running until Ctrl-C. Returns the exit code."""
    for number in ASKS_TO_STOP:
        signal.signal(number, _raise_stopped)
    env_path = Path(os.environ.get("ENV_FILE", ROOT / ".env"))
    logs = None
    try:
        env_file.prepare(env_path)
        data = ROOT / env_file.values(env_path).get("DATA_DIR", "var")
        logs = data / "log"
        with _only_run(data), _all_stopped(Processes(ROOT, data)) as processes:
            address, people = _start(processes, env_path, data)
            report.farewell(address, people, data, stay=stay)
            if stay:
                _watch(processes)
    except Trouble as error:
        see = f" See {logs}/{error.log}.log." if error.log else ""
        print(f"\n✗ {error}{see}", file=sys.stderr, flush=True)
        return 1
    except Stopped:
        return 0 if stay else 130
    return 0


def _start(processes: Processes, env_path: Path, data: Path) -> tuple[str, list[str]]:
    """Everything in its order, each step reported; the address, and a line for each demo account."""
    for name in processes.stop_leftovers():
        report.done("Left over", f"the {name} of a run that crashed was stopped")
    _start_broker(processes, env_path, data)
    _prepare_database()
    started = timezone.now()
    web, address = services.start_web(processes)
    worker = services.start_worker(processes, address)
    clock = services.start_clock(processes)

    from projet.local.proofs import ask  # imports models, which Django can by now

    asked, people = ask(), report.people()  # while the three start
    services.await_ready(web, lambda: services.http_status(f"{address}/admin/login/") == 200)
    services.await_ready(clock, lambda: services.clock_beats_since(started))
    services.await_ready(worker, services.worker_answers)
    report.proofs(address, asked)
    return address, people


def _start_broker(processes: Processes, env_path: Path, data: Path) -> None:
    port = env_file.free_redis_port(env_path)
    if port is None:
        url = env_file.values(env_path)[env_file.BROKER]
        private_redis.reach(url)
        report.done("Broker", f"yours at {private_redis.without_password(url)}, left as it is")
        return
    private_redis.start(processes, data / "redis", port)
    report.done("Broker", f"a Redis of our own on 127.0.0.1:{port} answers")


def _prepare_database() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projet.settings")
    logging.disable(logging.INFO)  # ours are the ticks; the processes have logs of their own
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from backoffice.demo import make_demo

    call_command("migrate", verbosity=0, interactive=False)
    with open(os.devnull, "w") as nowhere:
        call_command("seed", stdout=nowhere)
    make_demo()
    report.done("Database", f"{connection.vendor} migrated and seeded: {connection.settings_dict['NAME']}")


def _watch(processes: Processes) -> None:
    """Wait for Ctrl-C; raises Trouble when a process ends by itself."""
    while True:
        if ended := processes.first_ended():
            code = ended.popen.returncode
            raise Trouble(f"The {ended.name} ended with code {code}; everything was stopped.", ended.name)
        time.sleep(0.5)


@contextmanager
def _all_stopped(processes: Processes) -> Iterator[Processes]:
    """Whatever happens inside, no process that it started outlives it."""
    try:
        yield processes
    finally:
        for number in ASKS_TO_STOP:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave orphans
        if processes.running:
            print("\nStopping …", flush=True)
        processes.stop()


@contextmanager
def _only_run(data: Path) -> Iterator[None]:
    """Hold this folder's lock; raises Trouble where another run holds it."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(
                f"A back office runs already in {data}. Use that one, or stop it with Ctrl-C where it runs."
            ) from None
        yield


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise Stopped
