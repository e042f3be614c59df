from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.test import override_settings

from tests.databases import used
from tests.made_once import migrated_copy
from tests.questions.reporting import Reporting, fill, of_postgresql, of_sqlite


@pytest.fixture(scope="module")
def sqlite_file(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Reporting:
    path = migrated_copy(tmp_path_factory.mktemp("reporting") / "reporting.sqlite3")
    with django_db_blocker.unblock(), used(f"sqlite:///{path}"):
        fill()
    return of_sqlite(path)


@pytest.fixture(scope="module")
def postgresql(migrated_postgres: Callable[[str], str], django_db_blocker: Any) -> Reporting:
    """With the role that the command makes."""
    url = migrated_postgres("questions")
    told = io.StringIO()
    with django_db_blocker.unblock(), used(url):
        fill()
        with override_settings(REPORTING_DATABASE_URL=""):
            call_command("reporting_role", apply=True, admin_url=url, stdout=told)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("SELECT lo_create(424242)")  # to be lost
    return of_postgresql(url, told.getvalue().partition("REPORTING_DATABASE_URL=")[2].strip())


@pytest.fixture(params=["sqlite_file", "postgresql"], ids=["sqlite", "postgresql"])
def reporting(request: pytest.FixtureRequest, settings: Any) -> Reporting:
    """Each database in turn, switched on, with rows that nobody may read and rows that may be read."""
    found: Reporting = request.getfixturevalue(request.param)
    settings.REPORTING_DATABASE_URL = found.url
    return found


@pytest.fixture
def on_sqlite(sqlite_file: Reporting, settings: Any) -> Reporting:
    settings.REPORTING_DATABASE_URL = sqlite_file.url
    return sqlite_file


@pytest.fixture
def on_postgresql(postgresql: Reporting, settings: Any) -> Reporting:
    settings.REPORTING_DATABASE_URL = postgresql.url
    return postgresql


@pytest.fixture
def views_file(tmp_path: Path, settings: Any) -> Callable[[str], Path]:
    """Another list of views."""

    def write(text: str) -> Path:
        path = tmp_path / "views.toml"
        path.write_text(text)
        settings.REPORTING_VIEWS_FILE = path
        return path

    return write
