"""The job of a subscription's schedule: a report is made, and each of its readers is sent a message.

Apart from `tasks.py`, which has all other jobs, and found through it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.models import Subscription
from backoffice.subscriptions import preparing, repeated
from backoffice.subscriptions.owners import KEEP
from tasks_app.catalogue import job
from tasks_app.delivery_tasks import launch_delivery
from tasks_app.models import Job, State
from tasks_app.notices import Notice
from tasks_app.subject import arguments_of, seen_from

DELIVER = "tasks_app.subscription_tasks.deliver_subscription"


class DeliverForm(forms.Form):
    subscription = forms.IntegerField(label=_("Subscription"), min_value=1)


def note_failure(failed: Job, why: Notice) -> None:
    """Whoever cancelled it knows that; of all else its owner is told."""
    preparing.note_failure(
        arguments_of(failed).get("subscription"),
        failed.pk,
        why,
        launch_delivery,
        tells=failed.state != State.CANCELLED,
    )


@job(
    name=DELIVER,
    label=_("Deliver a subscription"),
    description=_("Makes the report of a subscription and sends each of its readers a message."),
    form=DeliverForm,
    icon="forward_to_inbox",
    queue="default",
    permission=KEEP,
    listed=False,
    about=lambda arguments: repeated.name_of(arguments.get("subscription")),
    refers_to={"subscription": Subscription},
    searchable=("subscription",),
    repeats=repeated.delivered_already,
    when_unsuccessful=note_failure,
    rerun_note=_("The report is made again, for the same days, and each reader is sent another message."),
    stop_by_force=True,  # nothing leaves before its end; a file without its row is nobody's
    soft_time_limit=10 * 60,
    time_limit=11 * 60,
)
def deliver_subscription(self: Any, subscription: int) -> dict[str, Any]:
    prepared = preparing.prepare(
        subscription, moment=seen_from(self.job), job_id=self.request.id, progress=self.progress
    )
    self.at_end(partial(prepared.record, launch_delivery))
    return {"status": "ok", **prepared.summary}
