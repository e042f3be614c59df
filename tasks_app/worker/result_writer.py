"""How ends and results reach the database: an end in one transaction, a result in one statement; and what
Celery hears of the ends that no run wrote."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from copy import copy
from typing import Any, cast

from billiard.exceptions import WorkerLostError
from celery import current_app, states
from celery.exceptions import TaskRevokedError
from django.db import InterfaceError, OperationalError, connection, transaction
from django_celery_results.backends.database import DatabaseBackend
from django_celery_results.models import TaskResult

from tasks_app.db import shared_time
from tasks_app.db.prepared import execute
from tasks_app.db.text import storable_text
from tasks_app.errors import CodedError
from tasks_app.ledger import transitions
from tasks_app.ledger.failure import LONGEST_TRACEBACK, Failure, notice_of
from tasks_app.ledger.hot_sql import RESULT_UPDATES
from tasks_app.ledger.log_chunks import being_written
from tasks_app.ledger.message_codec import KEEP_RESULT, context_of
from tasks_app.ledger.reruns import tell_family
from tasks_app.ledger.run import run_of
from tasks_app.ledger.slot_outcome import tell_slot_of
from tasks_app.logs.masking import masked
from tasks_app.models import Job, State
from tasks_app.notices import Notice
from tasks_app.worker.kept_result import kept_result
from tasks_app.worker.late_parts import is_late, late_part_succeeded, remember_parts

logger = logging.getLogger(__name__)

# An end that cannot be written is tried on new connections, then left to the lease. The worker's main process
# has other jobs to look after; the run's own has nothing else to do, and while the database is away nobody
# can take its job from it.
END_TRIES = 5
END_TRIES_OF_RUN = 600
END_PAUSE = 1.0  # seconds
LONGEST_WORKER = TaskResult._meta.get_field("worker").max_length


def commit_end(task_id: str, write: Callable[[], bool]) -> None:
    """Write the end of a run in a transaction; a database that is away is asked again on a new connection.

    Then nothing is stored and the lease decides: a success never becomes a failure for want of a
    database.
    """

    def whole() -> bool:
        with being_written(run_of(task_id)) as log, transaction.atomic():
            ended = write()
            if log is not None:
                execute(*log)
            return ended

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


def tell_that_lost(job: Job, state: State, why: Notice) -> None:
    """To whoever takes a run from a worker that died: what Celery, and all that waits for it, hears of it."""
    _backend().tell_that_lost(job, state, why)


def tell_that_cancelled(job_id: str, why: Notice, request: Any) -> None:
    """The same to whoever cancels a job."""
    _backend().tell_that_cancelled(job_id, why, request)


def tell_that_refused(job: Job, error: Exception) -> None:
    """The same of a job that failed as its message was refused. Its row stands, whatever those who wait for
    it make of that."""
    try:
        with transaction.atomic():
            _backend().tell_that_refused(job, error)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("Nobody could be told that job %s was refused.", job.id)


def _backend() -> JobResults:
    return cast(JobResults, current_app.backend)  # CELERY_RESULT_BACKEND; one a thread


def _chord_of(request: Any) -> Any:
    return getattr(request, "chord", None)


def wants_result(request: Any) -> bool:
    return getattr(request, KEEP_RESULT, True) is not False


class JobResults(DatabaseBackend):  # type: ignore[misc]
    """django-celery-results' backend as a store: results in one statement, and what Celery hears of ends that
    no run wrote."""

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
        encoded = kept_result(encoded, result, status, self.encode_content, has_next=bool(_chord_of(request)))
        meta = {**self._get_meta_from_request(request), "children": self.current_task_children(request)}
        extended = self._get_extended_properties(request, traceback)
        extended["worker"] = (extended["worker"] or "")[:LONGEST_WORKER] or None
        run = run_of(task_id)
        now = shared_time.now()
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
            **{**extended, "traceback": traceback and storable_text(str(traceback))[-LONGEST_TRACEBACK:]},
        )

    # --- what Celery hears of an end that no run wrote ------------------------------------------------

    def tell_that_cancelled(self, task_id: str, why: Notice, request: Any) -> None:
        """The result, and whoever waits for it: a chord it is a part of, the later steps of its chain."""
        super().mark_as_revoked(task_id, why, request)
        self._fail_chain(getattr(request, "chain", None), TaskRevokedError(why), state=states.REVOKED)

    def tell_that_lost(self, job: Job, state: State, why: Notice) -> None:
        """The result of a run whose worker died, and for a final failure everything that hangs on it."""
        error, request = WorkerLostError(why), context_of(job)
        if state == State.WAITING:
            self.store_result(job.id, error, states.RETRY, request=request)
        elif state == State.CANCELLED:
            self.tell_that_cancelled(job.id, why, request)
        else:
            super().mark_as_failure(job.id, error, request=request)

    def tell_that_refused(self, job: Job, error: Exception) -> None:
        """The result of a job whose message nobody could read, and what hangs on it where that is known."""
        request = context_of(job) if "embed" in job.message else None
        super().mark_as_failure(job.id, error, request=request)

    def on_chord_part_return(self, request: Any, state: str, result: Any, **kwargs: Any) -> None:
        """As django-celery-results', and for a part that comes when the count of its chord is over."""
        if state in states.PROPAGATE_STATES:
            remember_parts(self, request.group)
        elif is_late(request):
            late_part_succeeded(self, request)
            return
        super().on_chord_part_return(request, state, result, **kwargs)

    def _call_task_errbacks(self, request: Any, exc: BaseException, traceback: Any) -> None:
        """Errbacks that are called here and now run inside the end: what one spoils there is undone."""
        for errback in request.errbacks:
            alone = copy(request)
            alone.errbacks = [errback]
            try:
                with transaction.atomic():
                    super()._call_task_errbacks(alone, exc, traceback)
            except Exception:  # what is no task, what it spoils in the database, what Celery makes of it
                logger.exception("An errback of job %s failed; the job's end stands.", request.id)

    # --- what Celery asks for besides -----------------------------------------------------------------

    def prepare_exception(self, exc: BaseException, serializer: str | None = None) -> Any:
        """What a result keeps of an error: as Celery's, its code, parameters and sentence beside it, without
        the job's secret arguments."""
        stored = super().prepare_exception(exc, serializer)
        if not isinstance(stored, dict):
            return stored  # of a serializer that keeps exceptions themselves
        notice = notice_of(exc)
        if not isinstance(exc, CodedError) and exc.args and isinstance(exc.args[0], Notice):
            stored["exc_message"] = [str(notice)]  # Celery's class takes a text
        return masked({**stored, "code": notice.code, "params": dict(notice.params), "sentence": str(notice)})

    def store_result(
        self, task_id: str, result: Any, state: str, traceback: Any = None, request: Any = None, **kwargs: Any
    ) -> Any:
        """As Celery's, unless the caller wished for no result; a row that waits for its replacement fails
        with it."""
        ended_badly = state in states.PROPAGATE_STATES
        if ended_badly and transitions.fail_awaiting_replacement(task_id, Failure.of(result)):
            tell_slot_of(task_id)
            tell_family(task_id)
        if not wants_result(request):
            return result
        return super().store_result(task_id, result, state, traceback, request, **kwargs)
