"""The bundled broker: a Redis of our own on a free port, with a password, which keeps its queues on disk."""

from __future__ import annotations

import platform
import time
from pathlib import Path

import redis

from projet.local.env_file import OurRedis
from projet.local.errors import Trouble
from projet.local.processes import Processes
from projet.local.programs import find_redis_server


def start(processes: Processes, folder: Path, ours: OurRedis) -> None:
    """Start it and wait until it answers; raises Trouble with what to do."""
    program = find_redis_server()
    if program is None:
        raise Trouble(
            "There is no redis-server on this machine, and the bundled one exists for Python 3.12 on Linux "
            f"x86-64 only (this is Python {platform.python_version()} on {platform.system()} "
            f"{platform.machine()}). Debian: apt-get install redis-server. macOS: brew install redis. "
            "Or put the URL of one you have into .env as CELERY_BROKER_URL."
        )
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "redis.conf"  # as arguments the password would stand in the list of processes
    settings.write_text(f"requirepass {ours.password}\n")
    redis_process = processes.start(
        "redis",
        [
            *(program, settings, "--bind", "127.0.0.1", "--port", str(ours.port), "--dir", folder),
            # Queues survive a restart; a full memory refuses new messages instead of dropping old ones.
            *("--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
        ],
    )
    client = redis.Redis(port=ours.port, password=ours.password, socket_connect_timeout=1)
    deadline = time.monotonic() + 20
    while not redis_process.ended and time.monotonic() < deadline:
        if answers(client):
            return
        time.sleep(0.05)
    raise Trouble(f"The bundled Redis on port {ours.port} does not answer.", "redis")


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def reach(url: str) -> None:
    """Connect once to a broker that is not ours; raises Trouble when it does not answer."""
    from kombu.connection import Connection
    from kombu.exceptions import OperationalError

    try:
        with Connection(url, connect_timeout=3, transport_options={"socket_connect_timeout": 3}) as link:
            link.ensure_connection(max_retries=1, timeout=5)
    except (OperationalError, OSError) as error:
        raise Trouble(
            f"The broker at {without_password(url)} (CELERY_BROKER_URL) does not answer: {error}. Start it, "
            "or remove the variable from the environment or .env: then a Redis of our own is started."
        ) from error


def without_password(url: str) -> str:
    from kombu.utils.url import maybe_sanitize_url

    return str(maybe_sanitize_url(url))
