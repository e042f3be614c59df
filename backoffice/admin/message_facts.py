"""How pages show a message: its state in colour and word, its page, what may be read of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice.admin.viewer import viewer
from backoffice.models import EventKind, Message, MessageEvent, MessageState
from tasks_app.admin.common import Link, job_links, once_of_job
from tasks_app.admin.things import remember
from tasks_app.display import badge
from tasks_app.models import Job

# Colour (a variant of Unfold's label) and icon (a Material Symbols name); the word is always shown too.
MESSAGE_LOOKS: dict[str, tuple[str, str]] = {
    MessageState.QUEUED: ("", "hourglass_empty"),
    MessageState.SUBMITTING: ("info", "outgoing_mail"),
    MessageState.SENT: ("success", "send"),
    MessageState.DELIVERED: ("success", "mark_email_read"),
    MessageState.BOUNCED: ("danger", "unsubscribe"),
    MessageState.COMPLAINED: ("danger", "report"),
    MessageState.FAILED: ("danger", "error"),
    MessageState.SUPPRESSED: ("", "block"),
    MessageState.STOPPED: ("", "stop_circle"),
    MessageState.UNKNOWN: ("warning", "help"),
}

EVENT_LOOKS: dict[str, tuple[str, str]] = {
    EventKind.SENT: ("info", "send"),
    EventKind.DELAYED: ("warning", "schedule"),
    EventKind.REJECTED: ("danger", "error"),
    EventKind.UNRENDERED: ("danger", "error"),
    EventKind.SOFT_BOUNCED: ("warning", "unsubscribe"),
    EventKind.DELIVERED: ("success", "mark_email_read"),
    EventKind.BOUNCED: ("danger", "unsubscribe"),
    EventKind.COMPLAINED: ("danger", "report"),
}

# A mail is somebody else's HTML: no script, no form, no frame; its pictures may come from their servers.
MAIL_POLICY = (
    "sandbox; default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; font-src https:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


def find(request: HttpRequest, object_id: str) -> Message:
    """The message, for who may see messages; 404 where there is none."""
    if not viewer(request).has_perm("backoffice.view_message"):
        raise PermissionDenied
    try:
        return get_object_or_404(
            Message.objects.select_related("recipient", "template", "resend_of", "mailing", "person"),
            pk=object_id,
        )
    except ValidationError as error:  # not an id at all
        raise Http404 from error


def message_badge(state: str) -> SafeString:
    variant, icon = MESSAGE_LOOKS[state]
    return badge(MessageState(state).label, variant, icon)


def event_badge(event: MessageEvent) -> SafeString:
    return badge(event.get_kind_display(), *EVENT_LOOKS[event.kind])


def framed(html: str) -> HttpResponse:
    """An HTML part for a sandboxed frame: the policy holds even when it is opened by itself."""
    return HttpResponse(
        html,
        headers={
            "Content-Security-Policy": MAIL_POLICY,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "private, no-store",
        },
    )


@once_of_job
def messages_of_job(job: Job) -> list[Message]:
    """The one that it wrote, without its text; none of most jobs."""
    rows = Message.objects.of_job(job.pk).select_related("recipient", "template")
    found = list(rows.defer("text", "html", "headers"))
    for message in found:
        remember(message.recipient)
        remember(message.template)
    return found


def message_links(job: Job, user: Any) -> Iterable[Link]:
    """The message a job wrote, for the job's page: named alone to who may not see it."""
    for message in messages_of_job(job):
        if not user.has_perm("backoffice.view_message"):
            yield Link(_("Message"), "", "mail", _("Not yours to read"))
            continue
        url = reverse("admin:backoffice_message_change", args=[message.pk])
        state = MessageState(message.state).label
        yield Link(_("Message: %(subject)s") % {"subject": message.title}, url, "mail", state)


job_links.append(message_links)
