"""One run of the whole back office: start everything, prove it, wait, stop everything."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from environs import EnvError

from projet.conf.startup_checks import make_data_dir
from projet.local import bundled_redis, console, env_file, services
from projet.local.errors import Trouble
from projet.local.processes import Processes
from projet.local.supervisor import Supervisor
from tasks_app.full_disk import is_full

ROOT = Path(__file__).resolve().parent.parent.parent
ASKS_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Ctrl-C or SIGTERM. A BaseException, so that nothing on the way takes it for an error of its own."""


def run(*, stay: bool) -> int:
    """Start and prove the back office; with `stay` keep it running until Ctrl-C. Returns the exit code."""
    for number in ASKS_TO_STOP:
        signal.signal(number, _raise_stopped)
    os.umask(0o077)  # settings, database, logs, emails: whatever is written from here on is its owner's alone
    env_path = Path(os.environ.get("ENV_FILE", ROOT / ".env"))
    logs = None
    try:
        env_file.prepare(env_path)
        data = ROOT / env_file.values(env_path).get("DATA_DIR", "var")
        logs = data / "log"
        with _only_run(data), _all_stopped(Processes(ROOT, data)) as processes:
            address, people = _start(processes, env_path, data)
            console.farewell(address, people, data, stay=stay)
            if stay:
                Supervisor(processes).stay()
    except Trouble as error:
        return _failed(f"{error} See {logs}/{error.log}.log." if error.log else f"{error}")
    except OSError as error:
        if not is_full(error):
            raise
        return _failed(f"There is no room left on the disk: {error}. Free some, then start again.")
    except (ImproperlyConfigured, EnvError) as error:
        if settings.configured:
            raise
        return _failed(f"{error}")  # a setting is wrong: its sentence says all
    except Stopped:
        return 0 if stay else 130
    return 0


def _failed(sentence: str) -> int:
    print(f"\n✗ {sentence}", file=sys.stderr, flush=True)
    return 1


def _start(processes: Processes, env_path: Path, data: Path) -> tuple[str, list[str]]:
    """Everything in its order, each step reported; the address, and a line for each demo account."""
    for name in processes.stop_leftovers():
        console.done("Left over", f"the {name} of a run that crashed was stopped")
    ours = env_file.ready_redis(env_path)
    _load_settings()
    _start_broker(processes, env_path, data, ours)
    _prepare_database()
    started = timezone.now()
    web, address = services.start_web(processes)
    worker = services.start_worker(processes, address)
    clock = services.start_clock(processes)

    from projet.local import smoke_tests  # imports models, which Django can by now

    asked = smoke_tests.ask()  # while the three start; the worker makes both at once
    services.await_ready(web, lambda: services.http_status(f"{address}/admin/login/") == 200)
    console.done("Web", smoke_tests.prove_web(address))
    services.await_ready(worker, lambda: services.beats_since(started, services.WORKER))
    console.done("Worker", smoke_tests.prove_worker())
    services.await_ready(clock, lambda: services.beats_since(started, services.CLOCK))
    console.done("Clock", smoke_tests.prove_clock())
    console.done("Email", smoke_tests.prove_email(asked.email))
    people = console.people()  # while the worker makes the report, which takes longest
    console.done("Report", smoke_tests.prove_report(asked.report))
    return address, people


def _load_settings() -> None:
    """Before anything is started: raises ImproperlyConfigured or EnvError for one that is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projet.settings")
    settings.DATABASES  # noqa: B018 - the first that is read loads them all


def _start_broker(processes: Processes, env_path: Path, data: Path, ours: env_file.OurRedis | None) -> None:
    if ours is None:
        url = env_file.values(env_path)[env_file.BROKER]
        bundled_redis.reach(url)
        console.done("Broker", f"yours at {bundled_redis.without_password(url)}, left as it is")
        return
    bundled_redis.start(processes, data / "redis", ours)
    console.done("Broker", f"a Redis of our own on 127.0.0.1:{ours.port} answers")


def _prepare_database() -> None:
    logging.disable(logging.INFO)  # ours are the ticks; the processes have logs of their own
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from backoffice.demo import make_demo

    call_command("migrate", verbosity=0, interactive=False)
    with open(os.devnull, "w") as nowhere:
        call_command("seed", stdout=nowhere)
    make_demo()
    console.done("Database", f"{connection.vendor} migrated and seeded: {connection.settings_dict['NAME']}")


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
    make_data_dir(data)
    _close_to_others(data)
    with (data / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(
                f"A back office runs already in {data}. Use that one, or stop it with Ctrl-C where it runs."
            ) from None
        yield


def _close_to_others(data: Path) -> None:
    """One that a version before left open; in a folder of somebody else's it is theirs to say."""
    with suppress(PermissionError):
        data.chmod(0o700)


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise Stopped
