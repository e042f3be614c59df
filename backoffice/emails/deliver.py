"""The one place that moves a message: queued → submitting → sent, failed, unknown, or queued again.

The claim is committed before the one call of the transport, so that whatever dies in between leaves a
message that says "submitting" and is never sent again by a machine. Each outcome is written under the
attempt's own number: a run that was overtaken changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F
from django.utils import timezone

from backoffice.emails import causes, hold, hot_sql, suppression
from backoffice.emails.addresses import envelope
from backoffice.emails.errors import HoldAll, OutcomeUnknown, Refused, SendError, Suppressed, TryAgain
from backoffice.emails.mime import mime_of
from backoffice.emails.transport import transport
from backoffice.models import ACCEPTED, Message, MessageState, SendingHold
from tasks_app.db.prepared import ALWAYS, Condition, Guarded


@dataclass(frozen=True)
class Submission:
    """A mail that was handed over, by this run or by an earlier one of the same job."""

    message_id: UUID
    attempt: int
    transport: str
    provider_id: str
    lifted_hold: bool = False  # it was the probe of a hold, and got through

    def as_recorded(self) -> Guarded:
        """What writes that it was sent: meant to commit with the job's end. Twice is as once."""
        return hot_sql.sent(self.message_id, self.attempt, self.transport, self.provider_id)

    def record(self) -> None:
        self.as_recorded().execute()


class Guard(NamedTuple):
    """Whether this run still has its job, told in two ways: no other may ask the mail service."""

    condition: Condition  # of the statement that writes the message
    check: Callable[[], None]  # raises where it does not hold


UNGUARDED = Guard(ALWAYS, lambda: None)


def submit(message: Message, guard: Guard = UNGUARDED, *, last_try: bool = False) -> Submission:
    """Hand a message over, once; what an earlier run of its job did is respected.

    `last_try` says that nobody tries again: an error that could be tried again then fails the message.
    Raises TryAgain (and Throttled, HoldAll), Refused (and Suppressed), OutcomeUnknown: the row already
    says so, or still waits where all emails are held. A draft raises IntegrityError where recipient or
    template are gone since it was composed.
    """
    if message.is_draft:
        return _submit_draft(message, guard, last_try=last_try)
    guard.check()
    if message.state != MessageState.QUEUED:
        return _earlier(message)
    try:
        mime = mime_of(message)
    except (Refused, TryAgain) as error:
        if last_try or isinstance(error, Refused):
            _close(message, MessageState.FAILED, error)
        raise
    admitted = _admit(message)
    return _earlier(message) if admitted is None else _hand_over(message, admitted, mime, last_try=last_try)


def _submit_draft(draft: Message, guard: Guard, *, last_try: bool) -> Submission:
    """The first attempt: the one place that writes a job's own message, as submitting, in one statement.

    Where emails are held or its address is suppressed it is written as queued, and is one like any other;
    as failed, where it is no mail. Nothing is written where the run lost its job, or the job has one.
    """
    draft.submitted_at = timezone.now()  # the mail's own date
    try:
        mime = mime_of(draft)
    except Refused as error:
        draft.state, draft.submitted_at = MessageState.FAILED, None
        for name, value in _because(error).items():
            setattr(draft, name, value)
        _insert(draft, guard.condition)
        raise
    draft.state, draft.attempt = MessageState.SUBMITTING, 1
    if _insert(draft, guard.condition & hot_sql.may_leave(draft)):
        return _hand_over(draft, Admission(draft.attempt, is_probe=False), mime, last_try=last_try)
    draft.state, draft.attempt, draft.submitted_at = MessageState.QUEUED, 0, None
    if _insert(draft, guard.condition):
        return submit(draft, guard, last_try=last_try)
    guard.check()
    # Another run of the job wrote its message since this one looked.
    return submit(Message.objects.of_job(draft.job_id).get(), guard, last_try=last_try)


def _insert(draft: Message, provided: Condition) -> bool:
    with committed():
        written = bool(hot_sql.insertion(draft).execute(provided))
    draft._state.adding = not written
    return written


def submit_unsaved(
    message: Message, mime: bytes, guard: Guard = UNGUARDED, *, last_try: bool = False
) -> Submission:
    """Hand over a mail whose text is nowhere but in `mime`: security mail, which each run writes anew.

    Errors are raised as by `submit`. No answer is one that can be tried again, until the last try: the next
    mail is another one, with a link of its own, and two links harm nobody.
    """
    guard.check()
    admitted = _admit(message)
    if admitted is None:
        return _earlier(message)
    try:
        return _hand_over(message, admitted, mime, last_try=last_try)
    except OutcomeUnknown as error:
        if last_try:
            raise
        raise TryAgain(causes.WRITTEN_ANEW(provider_code=error.provider_code, detail=error.detail)) from error


@dataclass(frozen=True)
class Admission:
    attempt: int
    is_probe: bool  # it asks, while all others are held, whether the account takes emails again


def _admit(message: Message) -> Admission | None:
    """The claim of a message; None when another run has it or it is settled.

    Raises Suppressed (then the row says so), or HoldAll while all emails wait.
    """
    attempt = claim(message)
    if attempt is not None:
        return Admission(attempt, is_probe=False)
    message.refresh_from_db(fields=["state"])
    if message.state != MessageState.QUEUED:
        return None
    suppressed = suppression.of_address(message.to)
    if suppressed is not None:
        error = Suppressed(suppression.problem(suppressed))
        _close(message, MessageState.SUPPRESSED, error)
        raise error
    held = hold.current()
    is_probe = held is not None and hold.take_probe()
    if held is not None and not is_probe:
        raise HoldAll(hold.told(held))
    attempt = claim(message, despite_hold=is_probe)
    return None if attempt is None else Admission(attempt, is_probe)


def claim(message: Message, *, despite_hold: bool = False) -> int | None:
    """queued → submitting, committed; returns the attempt's number, or None.

    None where it was not queued, its address is suppressed, or all emails are held.
    """
    claimable = Message.objects.queued().filter(~suppression.TO_SUPPRESSED, pk=message.pk)
    if not despite_hold:
        claimable = claimable.filter(~Exists(SendingHold.objects.all()))
    with committed():
        claimed = claimable.update(
            state=MessageState.SUBMITTING, attempt=F("attempt") + 1, submitted_at=timezone.now()
        )
    message.refresh_from_db(fields=["state", "attempt", "submitted_at"])
    return message.attempt if claimed else None


def committed() -> AbstractContextManager[None]:
    """Around one statement that must be committed before the call: by itself, where nothing is open.

    Raises RuntimeError inside a transaction. Eager mode runs jobs inside whatever transaction launched
    them, and has no worker that could die.
    """
    if not connection.in_atomic_block:
        return nullcontext()
    return transaction.atomic(durable=not settings.CELERY_TASK_ALWAYS_EAGER)


def write_outcome(message: Message, attempt: int, error: SendError, *, last_try: bool) -> None:
    """What an error means for the row. A held message stays queued even at the last try."""
    passing = isinstance(error, TryAgain) or (message.security and isinstance(error, OutcomeUnknown))
    if isinstance(error, HoldAll) or (passing and not last_try):
        state = MessageState.QUEUED
    elif isinstance(error, OutcomeUnknown):
        state = MessageState.UNKNOWN
    else:
        state = MessageState.FAILED
    Message.objects.filter(pk=message.pk).held_by(attempt).update(state=state, **_because(error))


def _hand_over(message: Message, admitted: Admission, mime: bytes, *, last_try: bool) -> Submission:
    name, send = transport()
    # Whatever else interrupts the call (a time limit, no memory) leaves its outcome open.
    outcome: SendError | None = OutcomeUnknown(causes.CUT_SHORT())
    try:
        provider_id = send(str(message.pk), message.sender, envelope(message.to), mime)
        outcome = None
    except SendError as error:
        outcome = error
        raise
    finally:
        if outcome is not None:
            write_outcome(message, admitted.attempt, outcome, last_try=last_try)
        if isinstance(outcome, HoldAll):
            hold.begin(outcome)
    lifted = admitted.is_probe and hold.lift()
    return Submission(message.pk, admitted.attempt, name, provider_id, lifted)


def _close(message: Message, state: MessageState, error: SendError) -> None:
    """queued → settled, before anything was asked."""
    Message.objects.queued().filter(pk=message.pk).update(state=state, **_because(error))


def _earlier(message: Message) -> Submission:
    """A message that could not be claimed, by what became of it."""
    message.refresh_from_db()
    if message.state in ACCEPTED:
        return Submission(message.pk, message.attempt, message.transport, message.provider_id)
    if message.state == MessageState.SUBMITTING:
        # The run that claimed it is gone (a job has one run at a time): nobody knows how far it came.
        lost = OutcomeUnknown(causes.CUT_SHORT())
        write_outcome(message, message.attempt, lost, last_try=True)
        raise lost
    if message.state == MessageState.UNKNOWN:
        raise OutcomeUnknown(message.notice or message.error or causes.CUT_SHORT())
    raise Refused(message.notice or message.error or causes.SETTLED())


def _because(error: SendError) -> dict[str, Any]:
    return {"error_class": type(error).__name__, **causes.because(error.notice)}
