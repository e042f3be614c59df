"""The job that delivers a message which is written already, by whatever wrote it.

Apart from `tasks.py`, which has all other jobs, and found through it.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backoffice.emails import preview, unsent
from backoffice.emails.compose import message_for
from backoffice.emails.settle import may_run_again
from backoffice.models import Message
from tasks_app.catalogue import WhenLost, job
from tasks_app.email_task import send_message, sending
from tasks_app.launching import launch
from tasks_app.models import Job


class DeliverMessageForm(forms.Form):
    message_id = forms.UUIDField(label=_("Message"))


def message_decides(lost: Job) -> WhenLost:
    """A run whose worker died while it handed a message over is never repeated by a machine."""
    return WhenLost.AGAIN if may_run_again(lost.pk) else WhenLost.ASK


@job(
    name="tasks_app.tasks.deliver_message",  # rows in people's databases name it so
    label=_("Deliver a message"),
    description=_("Hands over an email that is written already."),
    form=DeliverMessageForm,
    icon="outgoing_mail",
    queue="high",
    listed=False,
    about=lambda arguments: preview.address_of_message(arguments.get("message_id")),
    refers_to={"message_id": Message},
    searchable=("message_id",),
    when_lost=message_decides,
    rerun_note=_("A message that failed is sent once more as a new message; one that was sent is not."),
    **sending(lambda given: unsent.of_message(given.get("message_id"))),
)
def deliver_message(self: Any, message_id: str) -> dict[str, str]:
    return send_message(self, message_for(message_id, job_id=self.request.id))


def launch_delivery(message: Message, *, by: Any = None) -> Job:
    """The job that delivers a message which is written already, in the transaction that wrote it."""
    with transaction.atomic():  # the job may run the moment it is committed: the message must name it by then
        order = launch(deliver_message.name, {"message_id": str(message.pk)}, by=by)
        Message.objects.filter(pk=message.pk).update(job_id=order.pk)
    return order
