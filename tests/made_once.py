"""What takes seconds to make, and is the same for many tests: made once a run, and copied."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.databases import used
from tests.programs import find_postgres
from tests.servers import ROOT, PostgresServer

SOURCES = ("backoffice", "tasks_app", "projet")


def folder_of_run() -> Path:
    """Which all processes of a run share; tests/settings.py."""
    return Path(os.environ["TESTS_FOLDER"])


@contextmanager
def by_one_alone(name: str) -> Iterator[Path]:
    """The place of what has this name: others who ask for it wait until this one is done."""
    with (folder_of_run() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder_of_run() / name


@cache
def version() -> str:
    """Tells tables from others: a guide's copy of the product may have a migration of its own."""
    migrations = sorted(path for app in SOURCES for path in (settings.BASE_DIR / app).glob("migrations/*.py"))
    assert migrations
    return hashlib.sha256(b"".join(path.read_bytes() for path in migrations)).hexdigest()[:12]


def collected_static() -> Path:
    """The files of pages as production serves them: compressed as far as it goes, which takes long."""
    with by_one_alone("collected-static") as path:
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            manage("collectstatic", "--noinput", "-v", "0", STATIC_ROOT=str(unfinished))
            unfinished.rename(path)
    return path


def manage(*words: str, **environment: str) -> None:
    """As the image is built: Dockerfile."""
    values = {
        "DJANGO_SETTINGS_MODULE": "projet.settings",
        "ENVIRONMENT": "production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "build.invalid",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        env=os.environ | values | environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


# --- Every table, and nothing in it but what migrations write ------------------------------------


def migrated_file() -> Path:
    """A SQLite; copy it, nobody writes into it."""
    with by_one_alone(f"migrated-{version()}.sqlite3") as path:
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            migrate(f"sqlite:///{unfinished}")
            unfinished.rename(path)
    return path


def migrated_copy(path: Path) -> Path:
    """A SQLite with every table at this path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(migrated_file(), path))


def migrated_on(server: PostgresServer, name: str) -> str:
    """A database with every table on any server of this run, in place of one of that name; its URL."""
    url = server.create_database(name)
    with by_one_alone(f"migrated-{version()}.sql") as dump:
        made_already = dump.exists()
        if not made_already:
            migrate(url)
            unfinished = dump.with_suffix(".unfinished")
            run_program("pg_dump", "--no-owner", "--file", str(unfinished), url)
            unfinished.rename(dump)
    if made_already:
        run_program("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-f", str(dump), "-o", os.devnull, url)
    return url


def run_program(name: str, *words: str) -> None:
    """One of PostgreSQL's."""
    programs = find_postgres()
    assert programs is not None
    done = subprocess.run([programs / name, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def migrated_database(server: str, name: str) -> None:
    """A PostgreSQL database with every table, in place of one of that name; `server` is any URL there."""
    template = f"test_migrated_{version()}"
    with psycopg.connect(at(server, "postgres"), autocommit=True) as admin, by_one_alone(template) as made:
        if not made.exists():
            admin.execute(f'DROP DATABASE IF EXISTS "{template}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{template}"')
            migrate(at(server, template))
            made.touch()
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def at(server: str, database: str) -> str:
    """That database's URL."""
    return urlsplit(server)._replace(path=f"/{database}").geturl()


def migrate(url: str) -> None:
    with used(url):
        call_command("migrate", verbosity=0, interactive=False)
        connection.close()  # of a SQLite, what lies beside the file is in it then


def make_tests_database() -> None:
    """The tests' own, of this process; Django finds it made."""
    name = connection.creation._get_test_db_name()
    if connection.vendor == "sqlite":
        migrated_copy(Path(name))
    else:
        migrated_database(os.environ["DATABASE_URL"], name)
