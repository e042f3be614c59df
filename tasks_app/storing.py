"""How ends and results reach the database: an end in one transaction, a result in one statement."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django_celery_results.backends.database import DatabaseBackend
from django_celery_results.models import TaskResult

from tasks_app import runs

logger = logging.getLogger(__name__)

# An end that cannot be written is tried on new connections this often, then left to the lease.
END_TRIES = 5
END_PAUSE = 1.0  # seconds
# What an upsert of a result writes over; `date_created` stays that of the first row.
_RESULT_FIELDS = [
    "task_name", "task_args", "task_kwargs", "status", "worker", "content_type", "content_encoding",
    "result", "date_started", "date_done", "traceback", "meta", "periodic_task_name",
]  # fmt: skip


def commit_end(task_id: str, write: Callable[[], bool]) -> None:
    """Write the end of a run in a transaction; a database that is away is asked again on a new connection.

    Then nothing is stored and the lease decides: a success never becomes a failure for want of a
    database.
    """
    for remaining in reversed(range(END_TRIES)):
        try:
            with transaction.atomic():
                if not write():
                    logger.warning(
                        "Job %s is not this run's any more: its late end changes nothing.", task_id
                    )
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
        content_type, content_encoding, encoded = self.encode_content(result)
        meta = {**self._get_meta_from_request(request), "children": self.current_task_children(request)}
        extended = self._get_extended_properties(request, traceback)
        run = runs.current()
        row = TaskResult(
            task_id=task_id,
            date_started=run.started_at if run and run.job_id == task_id else None,
            status=status,
            result=encoded,
            content_type=content_type,
            content_encoding=content_encoding,
            meta=self.encode_content(meta)[2],
            **{**extended, "traceback": traceback},
        )
        TaskResult.objects.using(using).bulk_create(
            [row], update_conflicts=True, unique_fields=["task_id"], update_fields=_RESULT_FIELDS
        )
        return encoded
