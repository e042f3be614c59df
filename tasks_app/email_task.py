"""How the job of an email goes: its turn, the one call, and what an error means for the job.

With `tasks.py` the place where the engine and the domain meet: here Celery's task is still in hand.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Exists, OuterRef

from backoffice.books import LeavesMessage
from backoffice.emails import causes, evidence, hold, pace
from backoffice.emails.compose import compose, security_message
from backoffice.emails.deliver import Guard, Submission, submit, submit_unsaved
from backoffice.emails.errors import HoldAll, NotItsTurn, OutcomeUnknown, Throttled, TryAgain
from backoffice.emails.mime import Mail, build
from backoffice.emails.settle import arrived, give_up
from backoffice.emails.unsent import Known, leave_message
from backoffice.models import Message
from backoffice.models.message_states import ACCEPTED, NOT_SENT
from backoffice.sign_in.password_links import Letter
from tasks_app import control
from tasks_app.broker.publishing import BROKER_ERRORS, broker_channel
from tasks_app.db.bad_rows import in_a_line, is_of_one_row, read_each
from tasks_app.db.pages import ids_in_pages
from tasks_app.errors import JobLost, Unknown
from tasks_app.ledger import transitions
from tasks_app.ledger.hot_sql import FinalUpdate
from tasks_app.models import Job, State

logger = logging.getLogger(__name__)

# Five retries at 60, 120, 240, 480 and 960 s, each with jitter.
EMAIL_RETRIES: dict[str, Any] = {
    "autoretry_for": (TryAgain,),
    "max_retries": 5,
    "retry_backoff": 60,
    "retry_backoff_max": 960,
    "retry_jitter": True,
    "time_limit": 120,
}

BUCKET_PAUSE = 10.0  # seconds that a Redis which was away is left alone
SETTLED_AT_ONCE = 500  # jobs


class _Bucket:
    """What this process knows of it: a Redis that was away is left alone for some seconds."""

    away_until = float("-inf")  # monotonic


def send_from_template(task: Any, recipient_id: int, template_id: int | None) -> dict[str, str]:
    """Send the job's one message to the recipient: as this run composes it, or as an earlier one wrote it."""
    await_turn(task)
    message = compose(recipient_id, template_id, task.request.id)
    try:
        return _send(task, message)
    except IntegrityError:  # recipient or template went meanwhile: to compose it again says which
        compose(recipient_id, template_id, task.request.id)
        raise


def send_message(task: Any, message: Message) -> dict[str, str]:
    """Send a message that is written already."""
    await_turn(task)
    return _send(task, message)


def send_security_mail(task: Any, write: Callable[[], Letter]) -> dict[str, str]:
    """Send what this run writes, in its memory alone: whatever is tried again has another text."""
    await_turn(task)
    require_token(task)
    letter = write()
    message = security_message(task.request.id, letter.to, letter.subject)
    mail = Mail(str(message.pk), message.sender, message.to, message.subject, letter.text)
    return _ask(task, partial(submit_unsaved, message, build(mail)))


def _send(task: Any, message: Message) -> dict[str, str]:
    return _ask(task, partial(submit, message))


def _ask(task: Any, submit_it: Callable[..., Submission]) -> dict[str, str]:
    """Ask the mail service once; the message's last row and the job's end commit together."""
    try:
        submission = submit_it(guard_of(task), last_try=task.request.retries >= task.max_retries)
    except HoldAll as held:
        task.snooze(hold.delay(held), held)
    except Throttled:
        ask_bucket(pace.slow_down)
        raise
    except OutcomeUnknown as error:
        raise Unknown(error.notice) from error
    task.at_end(FinalUpdate(*submission.as_recorded()))
    if submission.lifted_hold:
        task.at_end(wake_held)
    return {"status": "ok", "message": str(submission.message_id)}


def guard_of(task: Any) -> Guard:
    return Guard(task.token_condition(), partial(require_token, task))


def require_token(task: Any) -> None:
    """Raises JobLost where another run has the job: this one must not ask the mail service."""
    if not task.token_holds():
        raise JobLost


def await_turn(task: Any) -> None:
    """Sit out a short wait for this email's turn; for a longer one the job makes place for another."""
    if settings.EMAIL_TRANSPORT != "ses":
        return
    granted, wait = ask_bucket(pace.reserve) or (True, pace.reserve_alone())
    if not granted:
        # Spread, so that those who were put off together do not come back together.
        delay = timedelta(seconds=wait * random.uniform(1, 3))  # noqa: S311
        task.snooze(delay, NotItsTurn(causes.NOT_ITS_TURN()))
    if wait:
        time.sleep(wait)


def ask_bucket[T](ask: Callable[[Any], T]) -> T | None:
    """What the shared bucket says; None where there is no Redis to ask."""
    if time.monotonic() < _Bucket.away_until:
        return None
    try:
        with broker_channel() as channel:
            # Celery's broker in memory has no Redis behind it, and one process.
            return ask(channel.client) if hasattr(channel, "client") else None
    except BROKER_ERRORS as error:
        _Bucket.away_until = time.monotonic() + BUCKET_PAUSE
        logger.warning("The bucket of emails is away (%s): this process sends one a second.", error)
        return None


def wake_held(most: int | None = None) -> int:
    """Emails that the hold put to sleep wake: all of them, or the first."""
    return transitions.wake(HoldAll.__name__, most)


def settle_jobs(names: Iterable[str]) -> int:
    """Jobs of unknown outcome whose message is settled end as it did; returns how many.

    Asked at each reading of events: whether the job became unknown before its message was settled or after.
    """
    told = Message.objects.filter(state__in=ACCEPTED | NOT_SENT)
    unknown = Job.objects.filter(
        Exists(told.filter(job_id=OuterRef("pk"))), state=State.UNKNOWN, name__in=list(names)
    )
    settled = 0
    # Further pages only for what was refused on the way: what is settled is unknown no more.
    for ids in ids_in_pages(unknown, SETTLED_AT_ONCE):
        jobs, unread = read_each(Job.objects.all(), ids)
        for job_id, error in unread.items():
            _say_unsettled(job_id, error)
        states = dict(told.filter(job_id__in=ids).values_list("job_id", "state"))
        settled += sum(_settle_as_told(order, states[order.pk]) for order in jobs if order.pk in states)
        if settled:
            break
    return settled


def _settle_as_told(order: Job, state: str) -> bool:
    """One that cannot be settled stops none of the others."""
    word = State.SUCCEEDED if state in ACCEPTED else State.FAILED
    try:
        return control.settle(order, word, by=None, note=causes.SERVICE_SAID_SO())
    except Exception as error:
        if not is_of_one_row(error):
            raise
        _say_unsettled(order.pk, error)
        return False


def _say_unsettled(job_id: str, error: Exception) -> None:
    logger.error("Job %s cannot be settled as the mail service said: %s", job_id, in_a_line(error))


def settle_message(settled: Job, state: State) -> None:
    """What a person says of the job is said of its message."""
    message = Message.objects.of_job(settled.pk).first()
    if message is not None:
        (arrived if state == State.SUCCEEDED else give_up)(message)


def sending(known: Known) -> dict[str, Any]:
    """What each job that sends an email declares; `known` tells what of its email, by its arguments."""
    return EMAIL_RETRIES | {
        "evidence": lambda unknown: evidence.of_jobs(job.pk for job in unknown),
        "when_settled": settle_message,
        "when_unsuccessful": LeavesMessage(partial(leave_message, known=known)),
    }
