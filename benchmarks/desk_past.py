"""What the pages of support are looked at with: a past by `make_history`, all that the clock would have added
to it, a batch of what failed, and somebody who got very many messages.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from io import StringIO
from uuid import uuid4

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from backoffice.models import Message, Recipient  # noqa: E402
from tasks_app.batches import steps  # noqa: E402
from tasks_app.models import Batch, BatchState, Node, SearchProgress  # noqa: E402
from tasks_app.models.search import TEXT_INDEX  # noqa: E402
from tasks_app.monitor import heartbeat  # noqa: E402
from tasks_app.schedules.planning import sync  # noqa: E402
from tasks_app.search import filling  # noqa: E402

SQLITE = connection.vendor == "sqlite"
DAYS = 30
ADMIN = "admin@example.org"
FILLED_AT_ONCE = 5_000  # rows; the clock takes fewer, since it has more to do
SHARE_OF_ONE = 12  # one in so many of all messages goes to one person
EMAIL = "tasks_app.tasks.envoi_email"
_COPY = """
INSERT INTO backoffice_message ({columns}) SELECT {values}
FROM (SELECT * FROM backoffice_message WHERE job_id <> '' ORDER BY created_at DESC LIMIT %(most)s) m
"""
_NEW_KEY = "lower(hex(randomblob(16)))" if SQLITE else "gen_random_uuid()"
# What the copy of a message has of its own.
_OWN = {"id": _NEW_KEY, "job_id": "''", "resend_of_id": "NULL", "recipient_id": "%(pk)s", "to": "%(address)s"}


def make(jobs: int, days: int = DAYS) -> None:
    began = time.perf_counter()
    call_command("make_history", days=days, jobs=jobs, stdout=StringIO())
    _say(f"{jobs:,} jobs of {days} days made", began)
    many, began = _write_to_one(), time.perf_counter()
    _say(f"{many:,} messages to one person besides", began)
    began = time.perf_counter()
    _fill_search(jobs)
    _say("texts and arguments of the search", began)
    began = time.perf_counter()
    _settle()
    _begin_batch()
    sync(timezone.now(), starting=True)
    _say("a batch of what failed, sorted", began)


def beat() -> None:
    heartbeat.beat(Node.Kind.WORKER, "worker@host", queues=["high", "default", "low"])
    heartbeat.beat(Node.Kind.CLOCK, "clock@host")


def client() -> Client:
    made = Client(headers={"host": "127.0.0.1"})
    made.force_login(User.objects.get(username=ADMIN))
    return made


def person_of_many_messages() -> Recipient:
    return Recipient.objects.order_by("pk")[0]


def _say(what: str, began: float) -> None:
    print(f"    {what:<60}{time.perf_counter() - began:>6.0f} s", file=sys.stderr, flush=True)


def _write_to_one() -> int:
    """The newest messages of all people once more, to one of them; how many that were."""
    person, most = person_of_many_messages(), Message.objects.count() // SHARE_OF_ONE
    names = [str(field.column) for field in Message._meta.concrete_fields]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(_OWN.get(name, f'm."{name}"') for name in names)
    with connection.cursor() as cursor:
        copy = _COPY.format(columns=columns, values=values)
        cursor.execute(copy, {"pk": person.pk, "address": person.email, "most": most})
        return int(cursor.rowcount)


def _fill_search(jobs: int) -> None:
    """By the clock's own code, in two processes; the index of parts of texts is built at the end."""
    TEXT_INDEX.drop()
    if not SQLITE and jobs > FILLED_AT_ONCE:
        connection.close()
        with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
            list(processes.map(_fill, range(2)))
    while SearchProgress.objects.filter(swept_at=None).exists() or not SearchProgress.objects.exists():
        _fill()
    if reason := TEXT_INDEX.build():
        raise SystemExit(reason)


def _fill(_process: int = 0) -> None:
    """All that no other process is at."""
    filling.BATCH = FILLED_AT_ONCE
    while filling.fill(timezone.now(), budget=10):
        pass


def _settle() -> None:
    """As some minutes later: what was written is known to the database, and on its disk."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if SQLITE else "VACUUM ANALYZE")
        cursor.execute("PRAGMA wal_checkpoint" if SQLITE else "CHECKPOINT")


def _begin_batch() -> None:
    """All failed emails, as a click begins it and its job sorts it."""
    address = reverse("admin:tasks_app_batch_new", query={"state": "failed", "kind": EMAIL})
    client().post(address, {"launch_key": str(uuid4())})
    batch = Batch.objects.get()
    while batch.state == BatchState.PREPARING:
        steps.step(str(batch.pk), batch.job_id)
        batch.refresh_from_db()
