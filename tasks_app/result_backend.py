"""django-celery-results' backend, with the Job's end in the same transaction.

Celery tells its backend how a task ended: success, failure, retry and soft limits from the pool process;
hard limits, lost processes, expiry and revocation from the worker's main process. Each becomes one
transaction guarded by the run's token: Job, TaskResult, the job's final rows, and what follows from it
(links, chain steps, errbacks). A run that lost its token changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from datetime import timedelta
from functools import wraps
from typing import Any

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import states
from celery.exceptions import NotRegistered, Retry, SoftTimeLimitExceeded, TaskRevokedError
from django.db import DatabaseError, transaction
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tasks_app import lease, ledger, runs, statements
from tasks_app.catalogue import WhenLost, kind_of
from tasks_app.errors import JobCancelled, JobLost, Unknown
from tasks_app.failures import Failure, database_went_away
from tasks_app.hiding import masked
from tasks_app.messages import KEEP_RESULT, LANGUAGE, SCHEDULED_FOR, context_of
from tasks_app.models import Job, JobAttempt, State
from tasks_app.publishing import publish_after_commit
from tasks_app.recovery import lost, verdict_on
from tasks_app.slots import tell_slot_of
from tasks_app.statements import FinalUpdate
from tasks_app.storing import OneStatementBackend, commit_end, commit_statement

logger = logging.getLogger(__name__)

Outcome = JobAttempt.Outcome

# A task no worker knows yet (a rolling update) is offered again this often.
UNREGISTERED_PAUSE = timedelta(seconds=30)


def in_the_launchers_language[**P, R](told: Callable[P, R]) -> Callable[P, R]:
    """Sentences that the worker's main process writes; in the pool process the run has set it already."""

    @wraps(told)
    def tell(*args: P.args, **kwargs: P.kwargs) -> R:
        request = kwargs.get("request")
        with translation.override(getattr(request, LANGUAGE, None) or get_language()):
            return told(*args, **kwargs)

    return tell


class JobResultBackend(OneStatementBackend):
    # --- success --------------------------------------------------------------------------------

    def mark_as_done(
        self,
        task_id: str,
        result: Any,
        request: Any = None,
        store_result: bool = True,
        state: str = states.SUCCESS,
    ) -> None:
        run = runs.current()
        if run is None or run.job_id != task_id:
            return
        if run.next_message is not None:  # `retry(throw=False)`: the body went on, but this was not its end
            self.mark_as_retry(task_id, Retry(_("It asked to be tried again.")), request=request)
            return
        if statements.speaks_postgresql() and (updates := _updates_alone(run, request)) is not None:
            commit_statement(task_id, lambda: self._end_at_once(run, updates, result, request))
            return

        def write() -> bool:
            if not ledger.end(task_id, run.token, State.SUCCEEDED):
                return False
            for final_row in run.at_end:
                final_row()
            super(JobResultBackend, self).mark_as_done(task_id, result, request, state=state)
            ledger.insert(run.follow_ups)
            publish_after_commit(run.follow_ups)
            _tell_slot(task_id, request)
            return True

        commit_end(task_id, write)

    def _end_at_once(self, run: runs.Run, updates: list[FinalUpdate], result: Any, request: Any) -> bool:
        """The common case: nothing but updates commits with the end, so one statement is the transaction."""
        row = None
        if getattr(request, KEEP_RESULT, True) is not False:
            plain = self.encode_result(result, states.SUCCESS)
            row = self.row_of_result(run.job_id, plain, states.SUCCESS, None, request)
        return statements.end_at_once(run.job_id, run.token, timezone.now(), row, updates)

    # --- failure, retry, revocation ---------------------------------------------------------------

    @in_the_launchers_language
    def mark_as_failure(
        self,
        task_id: str,
        exc: BaseException,
        traceback: Any = None,
        request: Any = None,
        store_result: bool = True,
        call_errbacks: bool = True,
        state: str = states.FAILURE,
    ) -> None:
        if isinstance(exc, JobLost):
            return
        if isinstance(exc, NotRegistered):
            self._wait_for_a_worker_that_knows(task_id, exc)
            return
        if request is None:  # what never started: the body of a chord whose header failed
            super().mark_as_failure(task_id, exc, traceback, state=state)
            return
        token = _token(task_id, request)
        if isinstance(exc, JobCancelled):
            self.end_asked(task_id, token, request)
            return
        if database_went_away(exc):
            # As when its worker dies: what the run had done is what the kind's declaration says.
            commit_end(task_id, lambda: lost(task_id, token, _("The database went away while it ran.")))
            return
        failure = Failure.of(exc, traceback)
        if isinstance(exc, TimeLimitExceeded | SoftTimeLimitExceeded):
            failure = failure.saying(_("The job took longer than its time limit and was stopped."))

        def write() -> bool:
            job_state = self._state_of_failure(task_id, exc)
            if not ledger.end(
                task_id, token, job_state, error_class=failure.error_class, error=failure.sentence
            ):
                return False
            _forget_follow_ups(task_id)
            outcome = (
                Outcome.TIMED_OUT
                if isinstance(exc, TimeLimitExceeded | SoftTimeLimitExceeded)
                else Outcome.FAILED
            )
            ledger.write_attempt(task_id, outcome, **failure.as_fields())
            super(JobResultBackend, self).mark_as_failure(
                task_id, exc, failure.traceback, request, call_errbacks=call_errbacks, state=state
            )
            _tell_slot(task_id, request)
            return True

        commit_end(task_id, write)

    def mark_as_retry(
        self,
        task_id: str,
        exc: BaseException,
        traceback: Any = None,
        request: Any = None,
        store_result: bool = True,
        state: str = states.RETRY,
    ) -> None:
        run = runs.current()
        if run is None or run.job_id != task_id or run.next_message is None:
            return
        next_message = run.next_message
        failure = Failure.of(exc, traceback)

        def write() -> bool:
            if not ledger.retry(
                task_id, run.token, next_message, error_class=failure.error_class, error=failure.sentence
            ):
                return self._write_asked(task_id, run.token, request)
            ledger.write_attempt(task_id, Outcome.RETRIED, **failure.as_fields())
            super(JobResultBackend, self).mark_as_retry(task_id, exc, failure.traceback, request, state=state)
            return True

        commit_end(task_id, write)

    @in_the_launchers_language
    def mark_as_revoked(
        self,
        task_id: str,
        reason: Any = "",
        request: Any = None,
        store_result: bool = True,
        state: str = states.REVOKED,
    ) -> None:
        sentences = {
            "expired": _("It expired before it could start."),
            "terminated": _("It was asked to stop, did not, and was stopped by force."),
        }
        sentence = sentences.get(reason) or _("It was revoked: %s") % reason
        self._end_cancelled(task_id, _token(task_id, request), request, sentence, waiting_too=True)

    @in_the_launchers_language
    def hand_back(self, task_id: str, token: str, *, request: Any) -> bool:
        """The worker goes, wherever the run is. Another takes the job where its kind may run again and nobody
        asked it to stop; one of a kind that may not is cut off as by its worker's death."""
        with transaction.atomic():
            job = Job.objects.running().filter(id=task_id, token=token).first()
            if job and verdict_on(job) is not WhenLost.AGAIN:
                return lost(task_id, token, _("Its worker was told to stop while it ran."))
            return ledger.release(task_id, token) or self._write_asked(task_id, token, request)

    def end_asked(self, task_id: str, token: str, request: Any, *, waiting_too: bool = False) -> None:
        commit_end(task_id, lambda: self._write_asked(task_id, token, request, waiting_too=waiting_too))

    def _write_asked(self, task_id: str, token: str, request: Any, *, waiting_too: bool = False) -> bool:
        """The end of a run that may not leave its job to another, if it holds it: it was asked to stop."""
        sentence = _("Stopped at a person's request.")
        return self._write_cancelled(task_id, token, request, sentence, waiting_too=waiting_too)

    def _end_cancelled(
        self, task_id: str, token: str, request: Any, sentence: str, *, waiting_too: bool = False
    ) -> None:
        commit_end(
            task_id,
            lambda: self._write_cancelled(task_id, token, request, sentence, waiting_too=waiting_too),
        )

    def _write_cancelled(
        self, task_id: str, token: str, request: Any, sentence: str, *, waiting_too: bool = False
    ) -> bool:
        ended = ledger.end(task_id, token, State.CANCELLED, error=sentence) or (
            waiting_too and ledger.cancel_waiting(task_id, sentence)
        )
        if ended:
            self.tell_that_cancelled(task_id, sentence, request)
            _tell_slot(task_id, request)
        return ended

    def end_ignored(self, task_id: str, token: str, request: Any) -> None:
        """A body that raised Celery's `Ignore`: it wants no result, and the row must still end."""
        self._end_cancelled(task_id, token, request, _("The job itself said that there is nothing to do."))

    def tell_that_cancelled(self, task_id: str, sentence: str, request: Any) -> None:
        """The result, and whoever waits for it: a chord it is a part of, the later steps of its chain."""
        super().mark_as_revoked(task_id, sentence, request)
        self._fail_chain(getattr(request, "chain", None), TaskRevokedError(sentence), state=states.REVOKED)

    def tell_that_lost(self, job: Job, state: State, sentence: str) -> None:
        """The result of a run whose worker died, and for a final failure everything that hangs on it."""
        error, request = WorkerLostError(sentence), context_of(job)
        if state == State.WAITING:
            self.store_result(job.id, error, states.RETRY, request=request)
        elif state == State.CANCELLED:
            self.tell_that_cancelled(job.id, sentence, request)
        else:
            super().mark_as_failure(job.id, error, request=request)

    def _state_of_failure(self, task_id: str, exc: BaseException) -> State:
        """A hard time limit kills the body wherever it was: its declaration says what that means."""
        if isinstance(exc, Unknown):
            return State.UNKNOWN
        if isinstance(exc, TimeLimitExceeded):
            job = Job.objects.filter(id=task_id).first()
            kind = kind_of(job.name) if job else None
            if job and kind and kind.when_lost(job) is WhenLost.ASK:
                return State.UNKNOWN
        return State.FAILED

    def _wait_for_a_worker_that_knows(self, task_id: str, exc: BaseException) -> None:
        note = _("No worker that runs knows this job yet: %s. It waits for one.") % exc
        ledger.put_back(task_id, note, timezone.now() + UNREGISTERED_PAUSE)

    def _call_task_errbacks(self, request: Any, exc: BaseException, traceback: Any) -> None:
        """Errbacks that are called here and now run inside the end: what one spoils there is undone."""
        for errback in request.errbacks:
            alone = copy(request)
            alone.errbacks = [errback]
            try:
                with transaction.atomic():
                    super()._call_task_errbacks(alone, exc, traceback)
            except DatabaseError:
                logger.exception("An errback of job %s failed; the job's end stands.", request.id)

    # --- what Celery asks for besides ------------------------------------------------------------------

    def prepare_exception(self, exc: BaseException, serializer: str | None = None) -> Any:
        """What a result keeps of an error: as Celery's, without the job's secret arguments."""
        return masked(super().prepare_exception(exc, serializer))

    def store_result(
        self, task_id: str, result: Any, state: str, traceback: Any = None, request: Any = None, **kwargs: Any
    ) -> Any:
        """As Celery's, unless the caller wished for no result; a row handed over fails with its successor."""
        if state in states.PROPAGATE_STATES:
            failure = Failure.of(result)
            if ledger.fail_handed_over(task_id, error_class=failure.error_class, error=failure.sentence):
                tell_slot_of(task_id)
        if getattr(request, KEEP_RESULT, True) is False:
            return result
        return super().store_result(task_id, result, state, traceback, request, **kwargs)

    def process_cleanup(self) -> None:
        """After each delivery in a pool process, however it ended."""
        super().process_cleanup()
        run = runs.current()
        if run is not None:
            lease.unwatch(run)
            translation.deactivate()
            runs.finish(run)


def _token(task_id: str, request: Any) -> str:
    """Of the pool process's own run, else what the main process's request carries."""
    run = runs.current()
    if run is not None and run.job_id == task_id:
        return run.token
    return str(getattr(request, "job_token", "") or "")


def _updates_alone(run: runs.Run, request: Any) -> list[FinalUpdate] | None:
    """What commits with the end where one statement can say it; None where more does."""
    updates = [final for final in run.at_end if isinstance(final, FinalUpdate)]
    more = (
        len(updates) < len(run.at_end)
        or run.follow_ups
        or getattr(request, "chord", None)
        or getattr(request, SCHEDULED_FOR, None)
    )
    return None if more else updates


def _forget_follow_ups(task_id: str) -> None:
    """Of a body that returned and still failed, as its result cannot be stored: only errbacks follow."""
    run = runs.current()
    if run is not None and run.job_id == task_id:
        run.follow_ups.clear()
        run.ending = False


def _tell_slot(task_id: str, request: Any) -> None:
    if getattr(request, SCHEDULED_FOR, None):
        tell_slot_of(task_id)
