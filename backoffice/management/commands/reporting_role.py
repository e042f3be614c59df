"""`manage.py reporting_role`: the role, schema and views that saved questions are asked by, on PostgreSQL."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from backoffice.questions.errors import NotAnswered
from backoffice.questions.role import Plan, script
from backoffice.questions.views import views


class Command(BaseCommand):
    help = (
        "Print the SQL that makes the role and the views of saved questions on PostgreSQL, or run it with "
        "--apply. It takes from everybody what everybody may by default (temporary tables, settings, "
        "advisory locks …) and gives it to the role of the back office. Run it again after each change of "
        "REPORTING_VIEWS_FILE and after a restore."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="run it, in one transaction")
        parser.add_argument("--admin-url", default="", help="of a superuser, to run it with: postgres://…")
        parser.add_argument(
            "--keep", action="append", default=[], metavar="ROLE", help="a role that keeps what everybody had"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            self.stdout.write(
                "The database is SQLite, which has no roles: set REPORTING_DATABASE_URL to "
                f"sqlite:///{connection.settings_dict['NAME']} and nothing else is needed."
            )
            return
        url, plan = _plan(options["keep"])
        try:
            statements = script(plan, views())
        except NotAnswered as error:
            raise CommandError(str(error)) from error
        if not options["apply"]:
            self.stdout.write(f"BEGIN;\n{';\n'.join(statements)};\nCOMMIT;")
            self.stderr.write(f"Then: REPORTING_DATABASE_URL={url}")
            return
        if not options["admin_url"]:
            raise CommandError("--apply takes --admin-url: what it changes is a superuser's to change.")
        _apply(options["admin_url"], statements)
        self.stdout.write(f"Done. Now: REPORTING_DATABASE_URL={url}")


def _plan(keep: list[str]) -> tuple[str, Plan]:
    """By REPORTING_DATABASE_URL where there is one; else a role with a new password beside DATABASE_URL."""
    own = connection.settings_dict
    if url := str(settings.REPORTING_DATABASE_URL):
        parts = urlsplit(url)
        role, password = unquote(parts.username or ""), unquote(parts.password or "")
        if not role or not password:
            raise CommandError("REPORTING_DATABASE_URL has no role and password: postgres://role:password@…")
    else:
        role, password = "reporting", secrets.token_urlsafe(24)
        host = own["HOST"] or "localhost"
        where = f"?host={quote(host, safe='')}" if host.startswith("/") else ""
        place = "" if where else f"{host}:{own['PORT'] or 5432}"
        if where and own["PORT"]:
            where += f"&port={own['PORT']}"
        url = f"postgresql://{role}:{password}@{place}/{own['NAME']}{where}"
    if role == own["USER"]:
        raise CommandError("REPORTING_DATABASE_URL names the role of DATABASE_URL: it takes one of its own.")
    return url, Plan(role, password, str(own["NAME"]), str(own["USER"]), keep)


def _apply(admin_url: str, statements: list[str]) -> None:
    try:
        with psycopg.connect(admin_url, connect_timeout=10) as admin:
            for statement in statements:
                admin.execute(statement)
    except psycopg.Error as error:
        # What libpq says of a URL that it cannot read may name a password.
        said = error.diag.message_primary or type(error).__name__
        raise CommandError(f"Nothing was changed: {said}") from error
