"""django-celery-results' backend, with the Job's end in the same transaction.

Celery tells its backend how a task ended: success, failure, retry and soft limits from the pool process;
hard limits, lost processes, expiry and revocation from the worker's main process. This adapter says it in
the ledger's words; each becomes one transaction guarded by the run's token: Job, TaskResult, the job's final
rows, and what follows from it (links, chain steps, errbacks). A run that lost its token changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps
from typing import Any

from billiard.exceptions import TimeLimitExceeded
from celery import states
from celery.exceptions import NotRegistered, SoftTimeLimitExceeded
from django.utils import translation

from tasks_app.broker.publishing import publish_after_commit
from tasks_app.db import shared_time
from tasks_app.errors import CodedError, JobCancelled, JobLost, Unknown
from tasks_app.ledger import causes, hot_sql, lost_run, transitions
from tasks_app.ledger.cancelled_run import end_as_asked, end_as_ignored, end_cancelled, why_by_force
from tasks_app.ledger.failure import Failure, because, database_went_away
from tasks_app.ledger.hot_sql import FinalUpdate
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.log_chunks import being_written
from tasks_app.ledger.message_codec import SCHEDULED_FOR, TOKEN, language_of
from tasks_app.ledger.refused_message import MessageRefused, count_messages, keep_refused
from tasks_app.ledger.reruns import may_be_rerun, tell_family_of_request
from tasks_app.ledger.run import Run, current_run, finish_run, run_of
from tasks_app.ledger.slot_outcome import tell_slot_of_request
from tasks_app.models import JobAttempt, MessageTally, State
from tasks_app.notices import Notice
from tasks_app.worker import lease, log_writer
from tasks_app.worker.refusals import allowance
from tasks_app.worker.result_writer import JobResults, commit_end, commit_statement, wants_result
from tasks_app.worker.what_arrived import received_of_request

logger = logging.getLogger(__name__)

Outcome = JobAttempt.Outcome

# A task no worker knows yet (a rolling update) is offered again this often.
UNREGISTERED_PAUSE = timedelta(seconds=30)


def in_the_launchers_language[**P, R](told: Callable[P, R]) -> Callable[P, R]:
    """Sentences that the worker's main process writes; in the pool process the run has set it already."""

    @wraps(told)
    def tell(*args: P.args, **kwargs: P.kwargs) -> R:
        with translation.override(language_of(kwargs.get("request"))):
            return told(*args, **kwargs)

    return tell


class JobResultBackend(JobResults):
    # --- what a run says of its end -----------------------------------------------------------------

    def mark_as_done(
        self,
        task_id: str,
        result: Any,
        request: Any = None,
        store_result: bool = True,
        state: str = states.SUCCESS,
    ) -> None:
        run = run_of(task_id)
        if run is None:
            return
        if run.next_message is not None:  # `retry(throw=False)`: the body went on, but this was not its end
            self.mark_as_retry(task_id, None, request=request)
        elif hot_sql.speaks_postgresql() and (updates := _updates_alone(run, request)) is not None:
            commit_statement(task_id, lambda: self._end_in_one_statement(run, updates, result, request))
        else:
            commit_end(task_id, lambda: self._end_in_a_transaction(run, result, request, state))

    def _end_in_one_statement(self, run: Run, updates: list[FinalUpdate], result: Any, request: Any) -> bool:
        """The common case: nothing but updates commits with the end, so one statement is the transaction."""
        row = None
        if wants_result(request):
            plain = self.encode_result(result, states.SUCCESS)
            row = self.row_of_result(run.job_id, plain, states.SUCCESS, None, request)
        with being_written(run) as log:
            return hot_sql.end_at_once(run.job_id, run.token, shared_time.now(), row, updates, log)

    def _end_in_a_transaction(self, run: Run, result: Any, request: Any, state: str) -> bool:
        if not transitions.end(run.job_id, run.token, State.SUCCEEDED):
            return False
        tell_family_of_request(run.job_id, request)  # first: the body of a chord may follow from it
        for final_row in run.at_end:
            final_row()
        super().mark_as_done(run.job_id, result, request, state=state)
        insert_jobs(run.follow_ups)
        publish_after_commit(run.follow_ups)
        tell_slot_of_request(run.job_id, request)
        return True

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
            why = because(causes.NOT_KNOWN_YET(name=exc))
            transitions.put_off(task_id, shared_time.now() + UNREGISTERED_PAUSE, why)
        elif isinstance(exc, MessageRefused):
            self.refuse_delivery(task_id, exc, request)
        elif request is None:  # what never started: the body of a chord whose header failed
            super().mark_as_failure(task_id, exc, traceback, state=state)
        elif isinstance(exc, JobCancelled):
            self.end_asked(task_id, _token(task_id, request), request)
        elif database_went_away(exc):
            # As when its worker dies: what the run had done is what the kind's declaration says.
            reason = causes.DATABASE_WENT_AWAY()
            token = _token(task_id, request)
            commit_end(task_id, lambda: lost_run.lose(task_id, token, reason, self.tell_that_lost))
        else:
            commit_end(
                task_id, lambda: self._end_failed(task_id, exc, traceback, request, call_errbacks, state)
            )

    def refuse_delivery(self, task_id: str, error: MessageRefused, request: Any) -> None:
        """A foreign message that a pool process could make no row of: a failed job shows what it was."""
        if not allowance.take():
            count_messages(MessageTally.Reason.FLOOD)
            return
        job = keep_refused(received_of_request(request), error)
        if job.id == task_id:  # else the id is another job's, and so is its result
            super().mark_as_failure(task_id, error, request=request)

    def _end_failed(
        self, task_id: str, exc: BaseException, traceback: Any, request: Any, call_errbacks: bool, state: str
    ) -> bool:
        failure, outcome = Failure.of(exc, traceback), Outcome.FAILED
        if isinstance(exc, TimeLimitExceeded | SoftTimeLimitExceeded):
            outcome = Outcome.TIMED_OUT
        if not transitions.end(task_id, _token(task_id, request), _state_of_failure(task_id, exc), failure):
            return False
        _forget_follow_ups(task_id)
        transitions.write_attempt(task_id, outcome, failure)
        super().mark_as_failure(
            task_id, exc, failure.traceback, request, call_errbacks=call_errbacks, state=state
        )
        tell_slot_of_request(task_id, request)
        tell_family_of_request(task_id, request)
        return True

    def mark_as_retry(
        self,
        task_id: str,
        exc: BaseException | None,
        traceback: Any = None,
        request: Any = None,
        store_result: bool = True,
        state: str = states.RETRY,
    ) -> None:
        run = run_of(task_id)
        if run is None or run.next_message is None:
            return
        next_message = run.next_message
        failure = Failure.of(exc, traceback)

        def write() -> bool:
            if not transitions.retry(task_id, run.token, next_message, failure):
                return end_as_asked(task_id, run.token, request, self.tell_that_cancelled)
            transitions.write_attempt(task_id, Outcome.RETRIED, failure)
            told = exc or CodedError(failure.notice)
            super(JobResultBackend, self).mark_as_retry(
                task_id, told, failure.traceback, request, state=state
            )
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
        own: dict[str, Callable[[], Notice]] = {
            "expired": causes.EXPIRED,
            "terminated": partial(why_by_force, task_id),
        }
        own |= dict.fromkeys(("", "revoked"), causes.REVOKED_WITHOUT_REASON)  # Celery says that of all others
        why = own[reason]() if reason in own else causes.REVOKED(reason=reason)
        token = _token(task_id, request)
        commit_end(
            task_id,
            lambda: end_cancelled(task_id, token, request, why, self.tell_that_cancelled, waiting_too=True),
        )

    def end_asked(self, task_id: str, token: str, request: Any, *, waiting_too: bool = False) -> None:
        """The end of a run that was asked to stop, and does."""
        commit_end(
            task_id,
            lambda: end_as_asked(task_id, token, request, self.tell_that_cancelled, waiting_too=waiting_too),
        )

    def end_ignored(self, task_id: str, token: str, request: Any) -> None:
        """The end of a body that raised Celery's `Ignore`."""
        commit_end(task_id, lambda: end_as_ignored(task_id, token, request, self.tell_that_cancelled))

    # --- after each delivery -------------------------------------------------------------------------

    def process_cleanup(self) -> None:
        """After each delivery in a pool process, however it ended."""
        super().process_cleanup()
        run = current_run()
        if run is not None:
            log_writer.finish(run)
            lease.unwatch(run)
            translation.deactivate()
            finish_run(run)


def _token(task_id: str, request: Any) -> str:
    """Of the pool process's own run, else what the main process's request carries."""
    run = run_of(task_id)
    return run.token if run else str(getattr(request, TOKEN, "") or "")


def _state_of_failure(task_id: str, exc: BaseException) -> State:
    if isinstance(exc, Unknown):
        return State.UNKNOWN
    if isinstance(exc, TimeLimitExceeded):
        return lost_run.state_after_time_limit(task_id)
    return State.FAILED


def _updates_alone(run: Run, request: Any) -> list[FinalUpdate] | None:
    """What commits with the end where one statement can say it; None where more does."""
    updates = [final for final in run.at_end if isinstance(final, FinalUpdate)]
    more = (
        len(updates) < len(run.at_end)
        or run.follow_ups
        or getattr(request, "chord", None)
        or getattr(request, SCHEDULED_FOR, None)
        or may_be_rerun(request)
    )
    return None if more else updates


def _forget_follow_ups(task_id: str) -> None:
    """Of a body that returned and still failed, as its result cannot be stored: only errbacks follow."""
    run = run_of(task_id)
    if run is not None:
        run.follow_ups.clear()
        run.ending = False
