"""The jobs of a mailing: one takes its audience down, one sends it, a turn after the other.

Apart from `tasks.py`, which has all other jobs, and found through it. There is one job of each for the whole
of a mailing; what it does is backoffice/mailings.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from backoffice.audiences.conditions import InvalidCondition
from backoffice.emails import pace
from backoffice.emails.audience import row_of
from backoffice.mailings import causes, freezing, going
from backoffice.mailings.causes import GoesOn, MailingRefused
from backoffice.mailings.turn import House, take_turn
from backoffice.models import Audience, Mailing
from tasks_app.broker.publishing import BROKER_ERRORS
from tasks_app.catalogue import WhenLost, job
from tasks_app.email_task import ask_bucket, guard_of, wake_held
from tasks_app.launching import launch
from tasks_app.models import Job
from tasks_app.monitor.broker_status import depths
from tasks_app.notices import Notice
from tasks_app.worker import stopping

TAKE_DOWN = "tasks_app.mailing_tasks.take_down_mailing"
SEND = "tasks_app.mailing_tasks.send_mailing"
MAY = "backoffice.send_mailing"
# Whoever waits in these is before a mailing.
FIRST = ("high", "default")


class MailingForm(forms.Form):
    mailing = forms.IntegerField(label=_("Mailing"), min_value=1)


def name_of(arguments: dict[str, Any]) -> str:
    found = row_of(Mailing.objects.only("name"), arguments.get("mailing"))
    return "" if found is None else found.name


def ended(failed: Job, why: Notice) -> None:
    going.job_ended(failed.pk, why)


def lost(order: Job) -> WhenLost:
    """What was under way is of unknown outcome; all others wait, and the job goes on with them."""
    its = Mailing.objects.filter(job_id=order.pk).first()
    if its is not None:
        going.settle_lost(its.pk)
    return WhenLost.AGAIN


OF_A_MAILING: dict[str, Any] = {
    "form": MailingForm,
    "queue": "low",
    "permission": MAY,
    "listed": False,
    "about": name_of,
    "refers_to": {"mailing": Mailing},
    "searchable": ("mailing",),
    "when_unsuccessful": ended,
    "rerun_note": _("Nothing is sent by it: let the mailing itself go on, on its page."),
}


@job(
    name=TAKE_DOWN,
    label=_("Take down the audience of a mailing"),
    description=_("Copies the people of an audience, with their values, into a mailing."),
    icon="group_add",
    **OF_A_MAILING,
)
def take_down_mailing(self: Any, mailing: int) -> dict[str, Any]:
    if not _is_mine(self, mailing):
        return {"status": "ok"}
    try:
        freezing.begin(Mailing.objects.get(pk=mailing))
        while freezing.step(mailing):
            self.progress(None, causes.TAKING_DOWN())
    except Audience.DoesNotExist:
        raise MailingRefused(causes.NO_AUDIENCE()) from None
    except InvalidCondition as error:
        raise MailingRefused(causes.CANNOT_BE_ASKED(why=str(error))) from error
    return {"status": "ok", "people": Mailing.objects.values_list("people", flat=True).get(pk=mailing)}


@job(
    name=SEND,
    label=_("Send a mailing"),
    description=_("Hands over the messages of a mailing, several at once, as fast as the account allows."),
    icon="campaign",
    when_lost=lost,
    **OF_A_MAILING,
)
def send_mailing(self: Any, mailing: int) -> dict[str, Any]:
    if not _is_mine(self, mailing):
        return {"status": "ok"}
    lifted: list[bool] = []
    house = House(
        guard=guard_of(self),
        take_turns=take_turns,
        slow_down=lambda: ask_bucket(pace.slow_down),
        must_end=stopping.is_asked,
        gives_way=others_wait,
        tell=lambda percent: self.progress(percent, causes.SENDING()),
        lifted=lambda: lifted.append(True),
    )
    how = take_turn(mailing, house)
    if lifted:
        wake_held()
    if how.delay is not None:
        self.snooze(how.delay, GoesOn(how.why))
    return {"status": "ok"}


def _is_mine(task: Any, mailing: int) -> bool:
    """Whether the mailing has this job: one that was launched by itself, or again, does nothing."""
    if settings.CELERY_TASK_ALWAYS_EAGER:  # it runs in the very call whose answer the mailing will note
        return True
    return Mailing.objects.filter(pk=mailing, job_id=task.request.id).exists()


def take_turns(most: int) -> tuple[int, float]:
    if settings.EMAIL_TRANSPORT != "ses":
        return most, 0.0
    return ask_bucket(partial(pace.take, most=most)) or pace.take_alone()


def others_wait() -> bool:
    """Whether single emails or reports wait for a worker; not where nobody can be asked."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        return False
    try:
        return any(depths(FIRST).values())
    except BROKER_ERRORS:
        return False


def launch_take_down(mailing: Mailing, by: Any = None) -> str:
    return launch(TAKE_DOWN, {"mailing": mailing.pk}, by=by).pk


def launch_sending(mailing: Mailing, by: Any = None) -> str:
    return launch(SEND, {"mailing": mailing.pk}, by=by).pk
