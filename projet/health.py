"""Whether one process of the back office does its work, for Docker and for monitoring.

    python -m projet.health web http://127.0.0.1:8000
    python -m projet.health flower http://127.0.0.1:5555
    python -m projet.health worker
    python -m projet.health clock

Says so in a sentence; the exit code is 0 where it does and 1 where it does not. The worker and the clock
are those of this host: they leave a heartbeat in the database every ten seconds.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import socket
import sys
from urllib.parse import urlsplit

import django

TIMEOUT = 5.0  # seconds
PAGES = {"web": "/readyz", "flower": "/healthcheck"}
# What follows the host in a node's name: worker1@host, and clock@host-1234 with its process.
AFTER_THE_HOST = {"worker": "", "clock": r"-\d+"}


def answer_of(address: str, page: str, host: str) -> int:
    """The status of a GET as the proxy in front would send it, for `host` over HTTPS; 0 without an answer."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT)
    try:
        connection.request("GET", page, headers={"Host": host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def check_page(process: str, address: str) -> tuple[bool, str]:
    from django.conf import settings

    page = PAGES[process]
    host = settings.ALLOWED_HOSTS[0] if process == "web" else urlsplit(address).netloc
    status = answer_of(address, page, host)
    return status == 200, f"{process}: {address}{page} answers {status or 'nothing'}"


def check_heartbeat(kind: str) -> tuple[bool, str]:
    from django.db import DatabaseError

    from tasks_app.db import shared_time
    from tasks_app.models import Node

    here = socket.gethostname()
    try:
        alive = (
            Node.objects.alive(shared_time.measured_now()).filter(kind=kind).values_list("name", flat=True)
        )
        ours = re.compile(rf"[^@]+@{re.escape(here)}{AFTER_THE_HOST[kind]}")
        names = [name for name in alive if ours.fullmatch(name)]
    except DatabaseError as error:
        return False, f"{kind}: the database does not answer ({error})"
    return bool(names), f"{kind}: {', '.join(names) or f'no heartbeat from {here} in the last 30 seconds'}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m projet.health", description=__doc__)
    parser.add_argument("process", choices=[*PAGES, *AFTER_THE_HOST])
    parser.add_argument("address", nargs="?", help="of web and flower, such as http://127.0.0.1:8000")
    given = parser.parse_args()
    if (given.process in PAGES) != bool(given.address):
        parser.error("web and flower take an address, worker and clock take none")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projet.settings")
    if given.address:
        healthy, sentence = check_page(given.process, given.address)
    else:
        django.setup()
        healthy, sentence = check_heartbeat(given.process)
    print(sentence)
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main())
