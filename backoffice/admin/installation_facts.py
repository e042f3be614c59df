"""How this installation is set up, as a person reads it. No secret leaves this file unredacted."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app.catalogue import kinds

type Text = str | Promise

# What each key of settings.RETENTION_DAYS keeps, and what is gone afterwards.
RETENTIONS: dict[str, tuple[Text, Text]] = {
    "results": (
        gettext_lazy("Results"),
        gettext_lazy(
            "What a job returned, as the Results page shows it, and answers to saved questions on pages. The "
            "job stays."
        ),
    ),
    "jobs": (
        gettext_lazy("Finished jobs"),
        gettext_lazy(
            "Jobs with their arguments, attempts and errors. What waits, runs or is unknown is never "
            "removed, nor is the last outcome of a schedule."
        ),
    ),
    "log_lines": (
        gettext_lazy("Log lines of jobs"),
        gettext_lazy("What a job wrote while it ran, as its page shows it. Its attempts and errors stay."),
    ),
    "message_bodies": (
        gettext_lazy("Text of emails"),
        gettext_lazy("Text, HTML and attachments. Who was written to, when, and what came of it stays."),
    ),
    "mailing_values": (
        gettext_lazy("Values of people of mailings"),
        gettext_lazy(
            "What each person of a mailing was to read, after it ended. Who was written to, and what came of "
            "it, stays."
        ),
    ),
    "reports": (
        gettext_lazy("Reports"),
        gettext_lazy("The files and the list of who downloaded them. A report can be ordered again."),
    ),
    "audit": (
        gettext_lazy("Audit log and sign-ins"),
        gettext_lazy(
            "Who changed, launched or paused what, who signed in from where, and which promises of schedules "
            "were kept."
        ),
    ),
    "sessions": (
        gettext_lazy("Sessions"),
        gettext_lazy("Sign-ins that have expired, counted from their expiry."),
    ),
}
PACKAGES = (
    "django",
    "celery",
    "kombu",
    "redis",
    "django-celery-beat",
    "django-celery-results",
    "django-unfold",
    "boto3",
    "weasyprint",
    "python-liquid",
)


@dataclass(frozen=True)
class Fact:
    """One line: its name, its value, what it means, and the variable that changes it."""

    name: Text
    value: Text
    meaning: Text = ""
    variable: str = ""


@dataclass(frozen=True)
class Section:
    title: Text
    icon: str
    facts: list[Fact]
    audience: str = (
        "backoffice.view_installation"  # the right without which it is not shown; "" for everybody
    )


def sections() -> list[Section]:
    return [
        Section(_("How long things are kept"), "auto_delete", list(_retention()), audience=""),
        Section(_("Jobs"), "bolt", list(_jobs())),
        Section(_("Emails"), "mail", list(_emails())),
        Section(_("Where things are"), "hub", list(_places())),
        Section(_("Versions"), "deployed_code", list(_versions())),
    ]


def _retention() -> Iterator[Fact]:
    for key, days in settings.RETENTION_DAYS.items():
        name, meaning = RETENTIONS[key]
        value = ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if days else _("not kept")
        yield Fact(name, value, meaning, f"RETENTION_{key.upper()}_DAYS")


def _jobs() -> Iterator[Fact]:
    yield Fact(
        _("Lease"),
        _seconds(settings.JOB_LEASE),
        _("A worker that says nothing for this long is taken for dead, and its job is decided anew."),
        "JOB_LEASE_SECONDS",
    )
    yield Fact(
        _("Starts of a job that kills its worker"),
        str(settings.JOB_MAX_DEATHS),
        _("After as many lost workers the job has failed."),
        "JOB_MAX_DEATHS",
    )
    yield Fact(
        _("Largest arguments, largest result"),
        filesizeformat(settings.JOB_VALUE_MAX),
        _("Larger arguments are refused, a larger result is cut: its job succeeds, and says so."),
        "JOB_VALUE_MAX_KB",
    )
    yield Fact(
        _("Longest run"),
        _seconds(timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)),
        _("A job that runs longer is stopped; a kind of job may set a shorter time."),
    )
    yield Fact(
        _("Rows in a report"),
        str(settings.REPORT_MAX_ROWS),
        _("A report that would have more asks for a shorter period."),
        "REPORT_MAX_ROWS",
    )
    for kind in kinds():
        queue = current_app.amqp.router.route({}, kind.name)["queue"].name
        yield Fact(kind.label, _("queue %(name)s") % {"name": queue}, kind.name)
    if settings.CELERY_TASK_ALWAYS_EAGER:
        yield Fact(
            _("Workers"),
            _("not used"),
            _("Jobs run at once, where they are launched: meant for development."),
            "CELERY_TASK_ALWAYS_EAGER",
        )


def _emails() -> Iterator[Fact]:
    if settings.EMAIL_TRANSPORT == "local":
        yield Fact(
            _("Sent by"),
            _("nobody: they are written to a folder"),
            _("Each email becomes an .eml file under %(folder)s; nobody receives it.")
            % {"folder": settings.OUTBOX_DIR},
            "EMAIL_TRANSPORT",
        )
    else:
        region = settings.AWS_ENDPOINT_URL or settings.AWS_REGION
        yield Fact(_("Sent by"), f"AWS SES, {redacted(region)}", variable="EMAIL_TRANSPORT")
        yield Fact(
            _("Configuration set"),
            settings.SES_CONFIGURATION_SET or _("none"),
            _("With none, bounces and complaints do not reach the back office."),
            "SES_CONFIGURATION_SET",
        )
    yield Fact(_("From"), settings.DEFAULT_FROM_EMAIL, variable="DEFAULT_FROM_EMAIL")


def _places() -> Iterator[Fact]:
    yield Fact(_("Environment"), settings.ENVIRONMENT, variable="ENVIRONMENT")
    yield Fact(_("Address"), settings.SITE_URL, _("Links in emails and reports start with it."), "SITE_URL")
    yield Fact(_("Database"), _database(), variable="DATABASE_URL")
    yield Fact(_("Broker"), redacted(settings.CELERY_BROKER_URL), variable="CELERY_BROKER_URL")
    yield Fact(_("Data folder"), str(settings.DATA_DIR), _("Part of what a backup must contain."), "DATA_DIR")
    yield Fact(
        _("Time zone"),
        settings.TIME_ZONE,
        _("Times are shown in it and schedules follow its clock changes."),
        "TIME_ZONE",
    )
    yield Fact(
        _("Languages"),
        ", ".join(str(name) for _code, name in settings.LANGUAGES),
        _("The browser decides, unless somebody chooses in the menu under their name."),
    )


def _database() -> str:
    """Server, version, user and place; for SQLite its file."""
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    number = ".".join(str(part) for part in connection.get_database_version())
    server = f"{names.get(connection.vendor, connection.vendor)} {number}"
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"{server}, {given['NAME']}"
    port = f":{given['PORT']}" if given["PORT"] else ""
    return f"{server}, {given['USER']}@{given['HOST'] or 'localhost'}{port}/{given['NAME']}"


def _versions() -> Iterator[Fact]:
    yield Fact("Python", platform.python_version())
    for package in PACKAGES:
        try:
            yield Fact(package, version(package))
        except PackageNotFoundError:
            yield Fact(package, _("not installed"))


def redacted(urls: str) -> str:
    """URLs (";" between several) without passwords and without what follows a "?"."""
    return ";".join(_redacted(url) for url in urls.split(";"))


def _redacted(url: str) -> str:
    parts = urlsplit(url)
    if not parts.scheme or not parts.netloc:
        return url
    userinfo, at, place = parts.netloc.rpartition("@")
    user, colon, _password = userinfo.partition(":")
    hidden = f"{user}:•••" if colon else user
    query = "?…" if parts.query else ""
    return f"{parts.scheme}://{hidden}{at}{place}{parts.path}{query}"


def _seconds(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds % 60 == 0 and seconds > 60:
        minutes = seconds // 60
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
