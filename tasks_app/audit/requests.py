"""What a page logs: one line for what it did, or one line for all that it did at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest
from django_celery_beat.models import PeriodicTask

from tasks_app.audit.entries import written
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


def log_list(request: HttpRequest, model: type[Model], what: Notice) -> None:
    """The same of a list as such: of its export, which is about no one row."""
    LogEntry.objects.create(
        user_id=cast(int, request.user.pk),
        content_type=ContentType.objects.get_for_model(model, for_concrete_model=False),
        object_id="",
        object_repr="",
        action_flag=CHANGE,
        change_message=written(what),
    )


@contextmanager
def log_together(request: HttpRequest, what: Wording, key: str = "", **said: Any) -> Iterator[None]:
    """Whatever is logged within is one entry, which opens to its things; one thing alone is logged as itself.

    `said` is what the wording takes besides the count. With the same key, what follows in another request
    joins that entry. What was done without a transaction
    before something failed is logged all the same.
    """
    together = Together(cast(int, request.user.pk), lambda count: what(count=count, **said))
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
