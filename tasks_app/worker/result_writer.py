"""How ends and results reach the database: an end in one transaction, a result in one statement."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from celery import states
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django_celery_results.backends.database import DatabaseBackend
from django_celery_results.models import TaskResult

from tasks_app.ledger.hot_sql import RESULT_UPDATES
from tasks_app.ledger.run import run_of

logger = logging.getLogger(__name__)

# An end that cannot be written is tried on new connections, then left to the lease. The worker's main process
# has other jobs to look after; the run's own has nothing else to do, and while the database is away nobody
# can take its job from it.
END_TRIES = 5
END_TRIES_OF_RUN = 600
END_PAUSE = 1.0  # seconds


def commit_end(task_id: str, write: Callable[[], bool]) -> None:
    """Write the end of a run in a transaction; a database that is away is asked again on a new connection.

    Then nothing is stored and the lease decides: a success never becomes a failure for want of a
    database.
    """

    def whole() -> bool:
        with transaction.atomic():
            return write()

    commit_statement(task_id, whole)


def commit_statement(task_id: str, write: Callable[[], bool]) -> None:
    """As `commit_end`, for an end that is one statement, which needs no transaction around it."""
    run = run_of(task_id)
    tries = END_TRIES_OF_RUN if run and not run.eager else END_TRIES
    for remaining in reversed(range(tries)):
        try:
            if not write():
                logger.warning("Job %s is not this run's any more: its late end changes nothing.", task_id)
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block:
                raise  # an eager job in its caller's transaction: the caller sees the error
            connection.close()
            if not remaining:
                logger.error(
                    "The end of job %s could not be written (%s); its lease decides.", task_id, error
                )
                return
            time.sleep(END_PAUSE)
        else:
            return


class OneStatementBackend(DatabaseBackend):  # type: ignore[misc]
    """django-celery-results', which looks a result up, then saves it: two statements more."""

    def _store_result(
        self,
        task_id: str,
        result: Any,
        status: str,
        traceback: Any = None,
        request: Any = None,
        using: str | None = None,
    ) -> Any:
        """One statement instead of django-celery-results' get_or_create and save."""
        row = self.row_of_result(task_id, result, status, traceback, request)
        # Told by somebody who is not the run (a cancellation, a lost worker), it keeps when that began.
        known = [name for name in RESULT_UPDATES if name != "date_started" or row.date_started]
        TaskResult.objects.using(using).bulk_create(
            [row], update_conflicts=True, unique_fields=["task_id"], update_fields=known
        )
        return row.result

    def row_of_result(
        self, task_id: str, result: Any, status: str, traceback: Any, request: Any
    ) -> TaskResult:
        """What django-celery-results stores of a result that `encode_result` has made plain, unsaved."""
        content_type, content_encoding, encoded = self.encode_content(result)
        meta = {**self._get_meta_from_request(request), "children": self.current_task_children(request)}
        extended = self._get_extended_properties(request, traceback)
        run = run_of(task_id)
        now = timezone.now()
        started = now if status == states.STARTED else None
        return TaskResult(
            task_id=task_id,
            date_created=now,
            date_started=run.started_at if run else started,
            date_done=now,
            status=status,
            result=encoded,
            content_type=content_type,
            content_encoding=content_encoding,
            meta=self.encode_content(meta)[2],
            **{**extended, "traceback": traceback},
        )
