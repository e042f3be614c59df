"""The one place that moves a mailing: each step a guarded UPDATE, so that of two clicks one counts.

    draft → freezing → frozen → sending ⇄ paused → stopped, or done

Its rows lock in one order: the mailing, then its messages. A claim asks for the mailing's state in its own
statement (claims.py), so that nothing leaves once a pause or a stop is committed, but for calls under way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction

from backoffice.emails.causes import CUT_SHORT, because
from backoffice.mailings import approving, causes
from backoffice.mailings.causes import MailingRefused
from backoffice.models import Mailing, MailingState, Message, MessageState
from tasks_app.db import shared_time
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice

FREEZABLE = (MailingState.DRAFT,)
STOPPABLE = (
    MailingState.DRAFT,
    MailingState.FREEZING,
    MailingState.FROZEN,
    MailingState.SENDING,
    MailingState.PAUSED,
)

type Launch = Callable[
    [Mailing], str
]  # the job that works on it from now on, in the same transaction; its id


def take_down(mailing: Mailing, launch: Launch) -> None:
    """A job takes its audience down. Raises MailingRefused."""
    if mailing.audience is None:
        raise MailingRefused(causes.NO_AUDIENCE())
    if mailing.template is None:
        raise MailingRefused(causes.NO_TEMPLATE())
    if not mailing.template.active:
        raise MailingRefused(causes.TEMPLATE_OFF())
    with transaction.atomic():
        # The job begins it: until then it is a draft that a job has.
        found = _locked(mailing, FREEZABLE)
        if found.job_id:
            raise in_another_state(found)
        Mailing.objects.filter(pk=mailing.pk).update(job_id=launch(mailing), **_why(None))


def send(mailing: Mailing, user: Any, launch: Launch) -> None:
    """Begin to send what was taken down. Raises MailingRefused: the second of two clicks as well."""
    _set_going(mailing, (MailingState.FROZEN,), launch, sent_by=user, started_at=shared_time.now())


def resume(mailing: Mailing, launch: Launch) -> None:
    """Go on with what waits; raises MailingRefused."""
    _set_going(mailing, (MailingState.PAUSED,), launch)


def _set_going(mailing: Mailing, states: Collection[str], launch: Launch, **changes: Any) -> None:
    with transaction.atomic():
        found = _locked(mailing, states)
        if not found.people:
            raise MailingRefused(causes.NOBODY())
        approving.require(found)
        _save(
            found,
            state=MailingState.SENDING,
            verified_at=None,
            fruitless=0,
            failing=0,
            **_why(None),
            **changes,
        )
        Mailing.objects.filter(pk=found.pk).update(job_id=launch(found))


def pause(mailing: Mailing, why: Notice | None = None) -> bool:
    """What waits, waits on; False where it was not being sent. `why` is said where nobody asked for it."""
    return bool(
        Mailing.objects.filter(pk=mailing.pk, state=MailingState.SENDING).update(
            state=MailingState.PAUSED, rate=None, **_why(why)
        )
    )


def pause_or_refuse(mailing: Mailing) -> None:
    """A person pauses it; raises MailingRefused where it is not being sent."""
    if not pause(mailing):
        raise in_another_state(Mailing.objects.get(pk=mailing.pk))


def stop(mailing: Mailing) -> int:
    """For good: nobody who waits will get it; how many messages were let go. Raises MailingRefused.

    People who have no message yet need none: they are counted as stopped.
    """
    with transaction.atomic():
        found = _locked(mailing, STOPPABLE)
        _save(found, state=MailingState.STOPPED, rate=None, ended_at=shared_time.now())
        if found.frozen_at is None:  # nobody else will be taken down: these are all
            _save(found, people=found.everybody.count())
        return Message.objects.queued().filter(mailing=found).update(state=MessageState.STOPPED)


def withdraw_approval(mailing: Mailing, user: Any) -> bool:
    """Whether there was one; a mailing that is being sent and needs it pauses with it."""
    with transaction.atomic():
        found = Mailing.objects.select_for_update().get(pk=mailing.pk)
        withdrawn = approving.withdraw(found, user)
        if withdrawn and approving.needs_approval(found):
            pause(found, causes.APPROVAL_WITHDRAWN())
    return withdrawn


def finish(mailing_id: int) -> bool:
    """Everybody's message has left or will not: the last step. False where a person was quicker."""
    return bool(
        Mailing.objects.filter(pk=mailing_id, state=MailingState.SENDING).update(
            state=MailingState.DONE, ended_at=shared_time.now(), rate=None
        )
    )


def settle_lost(mailing_id: int) -> int:
    """Messages that a run was handing over when it ended: nobody knows how far it came; how many."""
    return (
        Message.objects.submitting()
        .filter(mailing=mailing_id)
        .update(state=MessageState.UNKNOWN, error_class="WorkerLost", **because(CUT_SHORT()))
    )


def job_ended(job_id: str, why: Notice) -> None:
    """The job that worked on it ended without success: it waits for a person, who reads why."""
    with transaction.atomic():
        found = Mailing.objects.select_for_update().filter(job_id=job_id).exclude(job_id="").first()
        if found is None:
            return
        settle_lost(found.pk)
        if found.state == MailingState.SENDING:
            pause(found, causes.JOB_ENDED(why=why))
        elif found.state in (MailingState.DRAFT, MailingState.FREEZING):
            found.everybody.all().delete()
            _save(found, state=MailingState.DRAFT, frozen_until=0, job_id="")
            _save(found, **_why(causes.NOT_TAKEN_DOWN(why=why)))


def _locked(mailing: Mailing, states: Collection[str]) -> Mailing:
    found = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if found.state not in states:
        raise in_another_state(found)
    return found


def in_another_state(mailing: Mailing) -> MailingRefused:
    return MailingRefused(causes.WRONG_STATE(state=mailing.get_state_display()))


def _save(mailing: Mailing, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(mailing, name, value)
    mailing.save(update_fields=list(changes))


def _why(notice: Notice | None) -> dict[str, Any]:
    return {"reason": "" if notice is None else str(notice), **columns_of(notice)}
