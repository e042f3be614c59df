"""A migrated PostgreSQL database for each scenario, whatever database the other tests run on."""

from __future__ import annotations

import psycopg
from django.core.management import call_command

from tests.databases import used
from tests.made_once import migrated_on
from tests.servers import PostgresServer

TEMPLATE, SCENARIO = "faults_template", "faults"


def make_template(postgres: PostgresServer) -> None:
    """Migrations take seconds, a copy of what they made takes none."""
    with used(migrated_on(postgres, TEMPLATE)):
        call_command("seed", verbosity=0)


def make_copy(postgres: PostgresServer) -> str:
    """A fresh database's URL."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{SCENARIO}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{SCENARIO}" TEMPLATE "{TEMPLATE}"')
    return postgres.url(SCENARIO)
