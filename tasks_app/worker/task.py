"""The Celery task class of every job: claim before the body, end after it, retry delays as declared."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn

from celery import Task, signals
from celery.exceptions import Ignore, Reject
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import translation
from django_celery_results.models import TaskResult
from kombu.utils.uuid import uuid

from tasks_app.db import shared_time
from tasks_app.db.prepared import Condition
from tasks_app.db.text import is_storable
from tasks_app.errors import JobCancelled, JobLost
from tasks_app.ledger import hot_sql, transitions
from tasks_app.ledger.failure import Failure
from tasks_app.ledger.message_codec import (
    LANGUAGE,
    LATE_PART,
    LAUNCHED_BY,
    MOST_RETRIES,
    TOKEN,
    job_of_message,
    secrets_of,
)
from tasks_app.ledger.run import (
    Run,
    begin_run,
    current_run,
    finish_run,
    mask_also,
    note_in_log,
    run_of,
    trace_here,
)
from tasks_app.logs import context as log_context
from tasks_app.logs import traces
from tasks_app.logs.masking import masked
from tasks_app.models import Job
from tasks_app.notices import Notice
from tasks_app.worker import lease, log_writer
from tasks_app.worker.claiming import may_run

logger = logging.getLogger(__name__)

# While the database is away a worker must not eat the queue: each message costs it this long.
DATABASE_DOWN_PAUSE = 1.0
LONGEST_STATE = TaskResult._meta.get_field("status").max_length


class JobTask(Task):  # type: ignore[misc]
    abstract = True
    Request = "tasks_app.worker.request:JobRequest"
    # Of the declared backoff, a retry waits between a half and the whole: neighbours spread out.
    spread_retries = False

    # --- for the bodies of jobs ---------------------------------------------------------------

    @property
    def run_of_job(self) -> Run:
        run = run_of(self.request.id)
        if run is None:
            raise RuntimeError(
                f"{self.name} was called as a function: there is no job. Use .delay() or .apply()."
            )
        return run

    @property
    def job(self) -> Job:
        """The job's row: who launched it, which slot it is for."""
        return Job.objects.select_related("created_by").get(id=self.request.id)

    def progress(self, percent: float | None = None, note: str | Notice = "") -> None:
        """Tell how far the job is (percent, 0 to 100) and stop here if it must.

        A notice is read in each reader's language, a text as it is.

        Raises JobCancelled when a person asked for it, JobLost when another run has the job, ValueError for
        a percentage that is no number.
        """
        run = self.run_of_job
        told = None if percent is None else min(max(round(percent), 0), 100)
        said = note.masked() if isinstance(note, Notice) else masked(note)
        if run.lost or not transitions.note_progress(run.job_id, run.token, told, said):
            raise JobLost
        note_in_log(run, told, said)
        if Job.objects.filter(id=run.job_id, cancel_asked_at__isnull=False).exists():
            raise JobCancelled

    def update_state(self, task_id: Any = None, state: Any = None, meta: Any = None, **kwargs: Any) -> None:
        """Celery's own states, told only by the run that has the job; raises JobLost for any other, and
        ValueError for a state whose name no result keeps."""
        if state is not None and not is_storable(state, LONGEST_STATE):
            raise ValueError(
                f"{state!r} is no name of a state: at most {LONGEST_STATE} characters, none of them NUL."
            )
        run = current_run()
        if run is not None and task_id in (None, run.job_id) and not self.token_holds():
            raise JobLost
        super().update_state(task_id, state, meta, **kwargs)

    def at_end(self, write: Callable[[], object]) -> None:
        """Run `write` inside the transaction that ends the job as succeeded: database only, short.

        A `hot_sql.FinalUpdate` is cheaper: on PostgreSQL it becomes a part of the end's one statement.
        """
        self.run_of_job.at_end.append(write)

    def snooze(self, delay: timedelta, reason: Exception) -> NoReturn:
        """Leave this run: the job waits for `delay` and starts again, with all its retries.

        For a body that found that its time has not come, before any effect. The page shows the reason.
        Raises Ignore, or JobCancelled or JobLost where the job may not go on.
        """
        run = self.run_of_job
        available_at = shared_time.now() + delay
        if not transitions.snooze(run.job_id, run.token, available_at, Failure.of(reason)):
            raise JobCancelled if self.token_holds() else JobLost
        run.passed_on = True
        raise Ignore(str(reason))

    def mask(self, *values: Any) -> None:
        """Have none of these told of this run: what its body learnt by a secret argument."""
        mask_also(self.run_of_job, values)

    def token_holds(self) -> bool:
        """Whether this run may still record an effect. Ask right before one that cannot be undone."""
        run = self.run_of_job
        return not run.lost and transitions.holds(run.job_id, run.token)

    def token_condition(self) -> Condition:
        """What `token_holds` asks, in SQL: a statement of the body's own may depend on it."""
        run = self.run_of_job
        return hot_sql.held(run.job_id, run.token)

    # --- claim ----------------------------------------------------------------------------------

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        """Claim the job; a delivery that may not run is dropped here, and nothing is stored for it."""
        if self.request.is_eager:
            return
        token = self.request.get(TOKEN) or uuid()
        try:
            if not may_run(self, token, args, kwargs):
                raise Ignore(f"job {task_id} is not to be run by this delivery")
        except (OperationalError, InterfaceError) as error:
            logger.error("The database is away (%s); job %s goes back to its queue.", error, task_id)
            connection.close()
            time.sleep(DATABASE_DOWN_PAUSE)
            raise Reject(str(error), requeue=True) from error
        translation.activate(self.request.get(LANGUAGE) or settings.LANGUAGE_CODE)
        run = begin_run(
            Run(
                task_id,
                token,
                launched_by=self.request.get(LAUNCHED_BY),
                late_part=bool(self.request.get(LATE_PART)),
                trace=traces.traceparent(self.request.get(traces.HEADER)),
                secrets=secrets_of(self.name, args, kwargs),
                facts=log_context.facts(self.name, self.request),
            )
        )
        lease.watch(run)
        log_writer.watch(run)

    # --- body -----------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        run = run_of(self.request.id)
        if run is None:
            return super().__call__(*args, **kwargs)  # called as a plain function
        run.log.is_open = True
        try:
            result = self.run(*args, **kwargs)
        except Ignore:
            if not run.passed_on:  # the body ended itself; Celery stores nothing for it
                self.backend.end_ignored(run.job_id, run.token, self.request)
            raise
        except Reject as rejection:
            if rejection.requeue and not transitions.release(run.job_id, run.token):
                self.backend.end_asked(run.job_id, run.token, self.request)
            raise
        finally:
            run.log.is_open = False
        run.ending = True
        return result

    # --- retry ----------------------------------------------------------------------------------

    # wide: Celery's signature
    def retry(
        self,
        args: Any = None,
        kwargs: Any = None,
        exc: Any = None,
        throw: bool = True,
        eta: Any = None,
        countdown: float | None = None,
        max_retries: int | None = None,
        **options: Any,
    ) -> Any:
        """Celery's retry, with the declared backoff for an explicit call as for `autoretry_for`."""
        planned = self._planned_delay()
        if eta is None and planned is not None and countdown in (None, planned):
            countdown = planned * random.uniform(0.5, 1) if self.spread_retries else planned  # noqa: S311
        own = getattr(self.request, MOST_RETRIES, None)  # of its schedule's policy
        most = max_retries if own is None else int(own)
        return super().retry(args, kwargs, exc, throw, eta, countdown, most, **options)

    def _planned_delay(self) -> float | None:
        """Seconds of the declared exponential backoff before the next attempt; None without one."""
        factor = getattr(self, "retry_backoff", False)
        if not factor:
            return None
        widest = getattr(self, "retry_backoff_max", 600)
        return float(min(int(max(1, factor)) * 2**self.request.retries, widest))

    def replace(self, sig: Any) -> Any:
        """Celery's replace: the row's id passes on, to one task or to the end of a chain or chord."""
        run = run_of(self.request.id)
        if run is None or run.eager:
            return super().replace(sig)
        # What replaces it may end before the next line: nothing of it leaves before the row was handed over.
        with transaction.atomic():
            try:
                return super().replace(sig)
            except Ignore as replaced:
                if not run.passed_on:
                    run.passed_on = transitions.await_replacement(run.job_id, run.token)
                if not run.passed_on:
                    transaction.set_rollback(True)
                replacement = replaced
        if not run.passed_on:
            raise JobCancelled if self.token_holds() else JobLost
        raise replacement

    # --- eager ----------------------------------------------------------------------------------

    # wide: Celery's signature
    def apply(
        self,
        args: Any = None,
        kwargs: Any = None,
        link: Any = None,
        link_error: Any = None,
        task_id: str | None = None,
        retries: int = 0,
        throw: bool | None = None,
        logfile: Any = None,
        loglevel: Any = None,
        headers: Any = None,
        **options: Any,
    ) -> Any:
        """Run here and now, and write Job and result by the same road as a worker."""
        task_id = task_id or uuid()
        secrets = secrets_of(self.name, args or (), kwargs or {})
        run = Run(task_id, uuid(), eager=True, secrets=secrets, trace=_trace_of(task_id))
        worker = "eager"
        if not transitions.claim_eagerly(task_id, run.token, worker):
            message = self.app.amqp.as_task_v2(
                task_id, self.name, list(args or ()), dict(kwargs or {}), retries=retries
            )
            queue = self.app.amqp.router.route(options, self.name, args, kwargs, task_type=self).get("queue")
            job = job_of_message(self.name, message, headers=headers, queue=queue)
            transitions.claim_new(job, run.token, worker)
        begin_run(run)
        lease.watch(run)
        try:
            return super().apply(
                args, kwargs, link, link_error, task_id, retries, throw, logfile, loglevel, headers, **options
            )
        finally:
            log_writer.finish(run)
            lease.unwatch(run)
            finish_run(run)


def _trace_of(task_id: str) -> str:
    """Of an eager run: what its row says, where there is one, else that of its caller."""
    traced = Job.objects.filter(id=task_id, trace_id__isnull=False)
    headers = traced.values_list("message__headers", flat=True)
    return next((traces.traceparent(one.get(traces.HEADER)) for one in headers), trace_here())


@signals.task_postrun.connect
def let_go_of_its_error(task: Any = None, retval: Any = None, **_: Any) -> None:
    """Celery's tracer keeps an error in a circle with its own frame, and in it a copy of all positions of the
    traceback: 30 KB a failure or refused delivery, until the garbage collector comes to its oldest ones."""
    if isinstance(retval, BaseException) and not task.request.is_eager:  # else a caller may still raise it
        retval.__traceback__ = None
