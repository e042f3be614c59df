"""What a person decides of a message nobody knows about: it arrived, send it again, or let it be."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.admin import audited, message_again
from backoffice.admin.message_facts import find
from backoffice.admin.suppressions import LIFT, lift_button
from backoffice.admin.viewer import viewer
from backoffice.emails import causes, settle, suppression
from backoffice.emails.errors import Refused
from backoffice.models import Message, MessageState
from backoffice.models.message_states import NOT_SENT
from tasks_app import control
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.jobs.actions import Button
from tasks_app.models import Job, State
from tasks_app.notices import Notice
from tasks_app.tasks import launch_delivery

PERMISSION = "backoffice.settle_message"


def offered(request: HttpRequest, message: Message) -> list[Button]:
    """The decisions this person may take on this message now."""
    if message.state in NOT_SENT:
        return [*_lifting(request, message), *message_again.offered(request, message)]
    if message.state != MessageState.UNKNOWN or not viewer(request).has_perm(PERMISSION):
        return []

    def url(name: str) -> str:
        return reverse(f"admin:backoffice_message_{name}", args=[message.pk])

    buttons = [Button(_("It arrived"), url("arrived"), "mark_email_read", "primary")]
    if message.has_body:
        buttons.append(Button(_("Send again"), url("send_again"), "forward_to_inbox"))
    return [*buttons, Button(_("Leave unsent"), url("give_up"), "cancel_schedule_send", "danger")]


def _lifting(request: HttpRequest, message: Message) -> list[Button]:
    if not viewer(request).has_perm(LIFT):
        return []
    suppressed = suppression.of_address(message.to)
    return [lift_button(suppressed)] if suppressed else []


def arrived(request: HttpRequest, object_id: str) -> HttpResponse:
    message = _find(request, object_id)
    dialog = Dialog(
        title=_("Did this message arrive?"),
        text=_("You know from the recipient or the mail service that it was sent. It is marked as sent."),
        items=[str(message)],
        submit=_("It arrived"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=_page(message))
    with transaction.atomic():
        settled = settle.arrived(message)
        if settled:
            _settle_job(request, message, State.SUCCEEDED, causes.ARRIVED())
            log_action(request, message, audited.MESSAGE_ARRIVED())
    return _said(request, message, settled, _("The message is marked as sent."))


def give_up(request: HttpRequest, object_id: str) -> HttpResponse:
    message = _find(request, object_id)
    dialog = Dialog(
        title=_("Leave this message unsent?"),
        text=_("It did not arrive and is not needed any more. It is marked as failed; nothing is sent."),
        items=[str(message)],
        submit=_("Mark as failed"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=_page(message))
    with transaction.atomic():
        settled = settle.give_up(message)
        if settled:
            _settle_job(request, message, State.FAILED, causes.DID_NOT_ARRIVE())
            log_action(request, message, audited.MESSAGE_LEFT_UNSENT())
    return _said(request, message, settled, _("The message is marked as failed."))


def send_again(request: HttpRequest, object_id: str) -> HttpResponse:
    """What was not sent is sent by its job once more; what may have been, as it is, as a person decides."""
    if find(request, object_id).state in NOT_SENT:
        return message_again.send_again(request, object_id)
    message = _find(request, object_id)
    dialog = Dialog(
        title=_("Send this message again?"),
        text=_("If the first one arrived after all, the recipient gets it twice. One email is sent."),
        items=[str(message)],
        submit=_("Send again"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=_page(message))
    try:
        with transaction.atomic():
            again = settle.send_again(message)
            launch_delivery(again, by=request.user)
            _settle_job(request, message, State.FAILED, causes.SENT_ANEW())
            log_action(request, message, audited.MESSAGE_SENT_AGAIN(id=again.pk))
    except Refused as error:
        messages.error(request, str(error))
        return done(request, _page(message))
    messages.success(request, _("A new message is on its way; this is its page."))
    return done(request, _page(again))


def _find(request: HttpRequest, object_id: str) -> Message:
    require(request, PERMISSION)
    return find(request, object_id)


def _settle_job(request: HttpRequest, message: Message, state: State, note: Notice) -> None:
    job = Job.objects.filter(pk=message.job_id, state=State.UNKNOWN).first()
    if job is not None:
        control.settle(job, state, by=request.user, note=note)


def _said(request: HttpRequest, message: Message, settled: bool, sentence: str) -> HttpResponse:
    if settled:
        messages.success(request, sentence)
    else:
        messages.warning(request, _("This message was settled already; nothing changed."))
    return done(request, _page(message))


def _page(message: Message) -> str:
    return reverse("admin:backoffice_message_change", args=[message.pk])
