"""What a page logs: one line for what it did, or one line for all that it did at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.contrib.admin.models import CHANGE
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest
from django_celery_beat.models import PeriodicTask

from tasks_app.audit.recording import Line, Together, record
from tasks_app.notices import Notice, Wording

GATHERED = "_audit_lines"  # of a request: what is logged in one entry


def log_action(request: HttpRequest, thing: Model, what: Notice, flag: int = CHANGE) -> None:
    """Leave a line of the audit log: who did `what` to the thing, now."""
    line = Line(thing, _kept_name(thing), what, flag)
    gathered: list[Line] | None = vars(request).get(GATHERED)
    if gathered is None:
        record(cast(int, request.user.pk), line)
    else:
        gathered.append(line)


@contextmanager
def log_together(request: HttpRequest, what: Wording, key: str = "") -> Iterator[None]:
    """Whatever is logged within is one entry, which opens to its things; one thing alone is logged as itself.

    With the same key, what follows in another request joins that entry. What was done without a transaction
    before something failed is logged all the same.
    """
    together = Together(cast(int, request.user.pk), lambda count: what(count=count))
    together.key = key or together.key
    gathered: list[Line] = []
    setattr(request, GATHERED, gathered)
    try:
        yield
    except BaseException:
        if not connection.in_atomic_block:
            together.add(gathered, alone=True)
        raise
    finally:
        delattr(request, GATHERED)
    together.add(gathered, alone=True)


def _kept_name(thing: Model) -> str:
    """The name in no language: a schedule's own words are of its rhythm as well."""
    return str(thing.name) if isinstance(thing, PeriodicTask) else str(thing)
