"""What .dockerignore lets into the image is enough: its command and its neighbours start from that alone."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from projet.local.programs import free_port
from tests.deploy import reading
from tests.servers import Process, wait_until
from tests.start.test_refusals import environment

pytestmark = [pytest.mark.once, pytest.mark.processes, pytest.mark.timeout(300)]

PROGRAMS = Path(sys.executable).parent


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The image's /app as a folder."""
    app = tmp_path / "app"
    reading.copy_image(app)
    (tmp_path / "data").mkdir()
    return app


@pytest.fixture
def web(image: Path, migrated: Path) -> Iterator[Process]:
    """The image's own command, on a database of its own."""
    values = environment(image.parent / "data")
    shutil.copy(migrated, image.parent / "data" / "backoffice.sqlite3")
    program, *words = [
        word.replace("0.0.0.0:8000", f"127.0.0.1:{free_port()}") for word in reading.image_command("CMD")
    ]
    process = Process(
        "web",
        [PROGRAMS / program, *words],
        image.parent / "web.log",
        ready=lambda: True,
        environment=values,
        folder=image,
    )
    process.start()
    yield process
    process.stop()


def test_the_images_command_serves_with_a_heartbeat(web: Process, image: Path) -> None:
    database = sqlite3.connect(image.parent / "data" / "backoffice.sqlite3")
    try:
        kinds = "SELECT kind FROM tasks_app_node"
        wait_until(lambda: ("web",) in database.execute(kinds).fetchall(), what="a heartbeat of the web")
    except AssertionError as error:
        error.add_note(web.tail())
        raise
    finally:
        database.close()


def test_flower_of_the_image_asks_for_its_password(image: Path) -> None:
    done = subprocess.run(
        [PROGRAMS / "celery", "-A", "projet", "flower"],
        cwd=image,
        env=environment(image.parent / "data"),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1
    assert "FLOWER_BASIC_AUTH is missing" in done.stderr
