"""A migrated PostgreSQL database for each scenario, whatever database the other tests run on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dj_database_url
import psycopg
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections

from tests.servers import PostgresServer

TEMPLATE, SCENARIO = "faults_template", "faults"


def make_template(postgres: PostgresServer) -> None:
    """Migrations take seconds, a copy of what they made takes none."""
    with used(postgres.create_database(TEMPLATE)):
        call_command("migrate", verbosity=0)
        call_command("seed", verbosity=0)


def make_copy(postgres: PostgresServer) -> str:
    """A fresh database's URL."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{SCENARIO}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{SCENARIO}" TEMPLATE "{TEMPLATE}"')
    return postgres.url(SCENARIO)


@contextmanager
def used(url: str) -> Iterator[None]:
    """Within it, this process's default database is that one."""
    old, old_values = connections["default"], connections.settings["default"]
    values = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    connections.settings["default"] = connections.configure_settings({"default": values})["default"]
    connections["default"] = connections.create_connection("default")
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"], connections.settings["default"] = old, old_values
        ContentType.objects.clear_cache()
