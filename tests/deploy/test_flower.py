"""Flower by itself: who has no name and password reaches nothing of it, from this machine alone."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from flower.urls import handlers  # type: ignore[import-untyped]

from projet.local.programs import free_port
from projet.local.services import http_status
from tests.servers import ROOT, Process, RedisServer
from tests.start.test_refusals import environment

pytestmark = [pytest.mark.once, pytest.mark.processes, pytest.mark.timeout(120)]

SIGN_IN = "watcher:of-flower"
# For a balancer, for Prometheus, style sheets, and pages of a sign-in that is not ours: no job is in any.
OPEN = {"/healthcheck", "/metrics", "/static/(.*)", "/login/?", "/logout", ".*"}


@pytest.fixture
def flower(broker: RedisServer, tmp_path: Path) -> Iterator[Process]:
    port = free_port()
    process = Process(
        f"http://127.0.0.1:{port}",
        [str(Path(sys.executable).parent / "celery"), "-A", "projet", "flower", f"--port={port}"],
        tmp_path / "flower.log",
        ready=lambda: http_status(f"http://127.0.0.1:{port}/healthcheck") == 200,
        environment=environment(tmp_path, FLOWER_BASIC_AUTH=SIGN_IN, CELERY_BROKER_URL=broker.url),
    )
    process.start()
    yield process
    process.stop()


def asked(address: str, method: str, sign_in: str = "", **headers: str) -> int:
    known = {"Authorization": f"Basic {base64.b64encode(sign_in.encode()).decode()}"} if sign_in else {}
    data = b"" if method == "POST" else None
    request = urllib.request.Request(address, data=data, method=method, headers=headers | known)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_nothing_of_it_opens_without_its_name_and_password(flower: Process) -> None:
    patterns = [getattr(one, "regex", None) or one[0] for one in handlers]
    routes = {getattr(one, "pattern", one).removesuffix("$") for one in patterns}
    guarded = routes - OPEN
    assert len(guarded) > 20, "routes are read as they were"
    for route in guarded:
        address = flower.name + route.replace("(.+)", "x").replace("(.*)", "x")
        for method in ("GET", "POST"):
            for sign_in in ("", "watcher:wrong", "nobody:of-flower", ":", "watcher"):
                assert asked(address, method, sign_in) in (401, 403, 405), f"{method} {route} as {sign_in!r}"
    assert asked(f"{flower.name}/workers", "GET", SIGN_IN) == 200


def test_another_site_cannot_use_the_sign_in_that_a_browser_remembers(flower: Process) -> None:
    shutdown = f"{flower.name}/api/worker/shutdown/worker1"
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert asked(shutdown, "POST", SIGN_IN, **headers) == 403


def test_it_listens_on_this_machine_alone(flower: Process) -> None:
    listening = [one for one in psutil.Process(flower.pid).net_connections() if one.status == "LISTEN"]
    assert {one.laddr.ip for one in listening} == {"127.0.0.1"}


def test_production_refuses_to_open_its_interface_for_programs(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "celery"), "-A", "projet", "flower", "--port=0"],
        cwd=ROOT,
        env=environment(tmp_path, FLOWER_BASIC_AUTH=SIGN_IN, FLOWER_UNAUTHENTICATED_API="true"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "FLOWER_UNAUTHENTICATED_API is set" in done.stderr
    assert os.environ.get("FLOWER_UNAUTHENTICATED_API") is None
