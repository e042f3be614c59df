"""Send again what was not sent: its job runs once more, and what comes of that is a new message, linked.

The job writes the email anew, so that what was corrected since (the address, the template) counts. Where it
is not kept any more, the text that the message has is sent as it is.
"""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.admin import audited
from backoffice.admin.message_facts import find
from backoffice.admin.viewer import viewer
from backoffice.emails.compose import resend
from backoffice.emails.errors import SendError
from backoffice.models import Message
from backoffice.models.message_states import IN_TROUBLE, NOT_SENT
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done
from tasks_app.admin.jobs.access import may_run_again
from tasks_app.admin.jobs.actions import Button
from tasks_app.admin.jobs.rerun import Asking, ask_and_run
from tasks_app.admin.launch_keys import launch_key
from tasks_app.ledger.refused_message import was_unreadable
from tasks_app.models import FINAL, Job
from tasks_app.tasks import launch_delivery


def offered(request: HttpRequest, message: Message) -> list[Button]:
    if not _may(request, message) or _reason_against(message):
        return []
    url = reverse("admin:backoffice_message_send_again", args=[message.pk])
    return [Button(_("Send again"), url, "forward_to_inbox", "primary")]


def send_again(request: HttpRequest, object_id: str) -> HttpResponse:
    message = find(request, object_id)
    if not _may(request, message):
        raise PermissionDenied
    if reason := _reason_against(message):
        messages.warning(request, reason)
        return done(request, _page(message))
    title, submit = _("Send this message again?"), _("Send again")
    if job := _job_of(message):
        words = Asking(title, submit, _("It is sent again. This page follows it."))
        return ask_and_run(request, job, launch_key(request), words, back=_page(message))
    dialog = Dialog(
        title=title,
        text=_("Its text is sent once more, as it is, to the same address."),
        items=[str(message)],
        submit=submit,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=_page(message))
    return _deliver_text(request, message)


def _deliver_text(request: HttpRequest, message: Message) -> HttpResponse:
    try:
        with transaction.atomic():
            again = resend(message)
            launch_delivery(again, by=request.user)
            log_action(request, message, audited.MESSAGE_SENT_AGAIN(id=again.pk))
    except SendError as error:
        messages.error(request, str(error))
        return done(request, _page(message))
    messages.success(request, _("A new message is on its way; this is its page."))
    return done(request, _page(again))


def _may(request: HttpRequest, message: Message) -> bool:
    """As its job may be run again; a text without one needs the same rights."""
    user, job = viewer(request), _job_of(message)
    if job is not None:
        return may_run_again(user, job)
    return user.has_perm("tasks_app.rerun_job") and user.has_perm("tasks_app.launch_job")


def _reason_against(message: Message) -> str:
    """Why it is not sent again, "" where it can be."""
    if message.state not in NOT_SENT:
        return _("Only a message that was not sent can be sent again.")
    job = _job_of(message)
    latest = message.resends.order_by("-created_at").only("state").first()
    if latest is not None and latest.state not in IN_TROUBLE:
        return _("It was sent again already: the message that took its place is linked here.")
    if not message.to and not message.security:  # an account's address is asked for at each run
        return _("Nobody knows any more whom to send it to: correct its job, or send a new email.")
    if job is not None:
        return _reason_against_job(job)
    return "" if message.has_body else _("Neither its job nor its text is kept any more: send a new email.")


def _reason_against_job(job: Job) -> str:
    if was_unreadable(job):
        return _("Nobody could read what its job was asked for: send a new email.")
    if job.state not in FINAL or job.reruns.unfinished().exists():
        return _("It is being sent again already: its job has not ended.")
    return ""


def _job_of(message: Message) -> Job | None:
    return Job.objects.filter(pk=message.job_id).first()


def _page(message: Message) -> str:
    return reverse("admin:backoffice_message_change", args=[message.pk])
