"""One message as its reader sees it: headers, HTML in a sandboxed frame, text, attachments, the raw mail.

Of security mail only who, when and what became of it is shown; there is nothing else to show.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice.admin import audited, sending_hold
from backoffice.admin.message_facts import event_badge, find, framed, message_badge
from backoffice.admin.message_settling import offered
from backoffice.admin.viewer import viewer
from backoffice.emails.attachments import content_of
from backoffice.emails.bodies import filled
from backoffice.emails.errors import Refused, SendError, TryAgain
from backoffice.emails.mime import mime_of
from backoffice.models import Attachment, Message, MessageState, Report
from backoffice.models.message_states import IN_TROUBLE
from backoffice.reports import registry
from tasks_app.admin.common import Link, log_action
from tasks_app.admin.jobs.actions import may_correct
from tasks_app.admin.things import Thing, gone, job_thing, page_of
from tasks_app.models import Job


def with_body(request: HttpRequest, object_id: str) -> Message:
    """As `find`, for what is read of it: never of security mail, nor past its retention."""
    message = find(request, object_id)
    if not message.has_body:
        raise Http404
    try:
        return filled(message)
    except Refused as error:
        raise Http404 from error


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    message = find(request, object_id)
    gone = _fill(message)
    waiting = sending_hold.notice(request.user) if message.state == MessageState.QUEUED else {}
    context: dict[str, Any] = (
        waiting
        | admin.site.each_context(request)
        | {
            "title": message.title,
            "opts": Message._meta,
            "message": message,
            "body_gone": gone,
            "mailing_thing": mailing_of(request, message),
            "state": message_badge(message.state),
            "headers": headers(message),
            "attachments": list(message.attachments.defer("content")) if message.has_body else [],
            "job": Job.objects.filter(pk=message.job_id).only("state").first(),
            "job_thing": job_thing(request, message.job_id, job_words(message)),
            "recipient_url": page_of(request, message.recipient) if message.recipient else "",
            "person_url": reverse("admin:person", query={"to": message.to}) if message.to else "",
            "template_thing": template_of(request, message),
            "resends": list(resends(message)),
            "helpful": list(helpful(request, message)),
            "actions": offered(request, message),
            "show_technical": request.user.has_perm("tasks_app.view_job"),
            # By the mail service's clock, as it told them: a late answer of another server comes last.
            "events": [(event, event_badge(event)) for event in message.events.all()],
            "frame_url": reverse("admin:backoffice_message_html", args=[message.pk]),
            "raw_url": reverse("admin:backoffice_message_raw", args=[message.pk]),
        }
    )
    return TemplateResponse(request, "backoffice/message.html", context)


def _fill(message: Message) -> str:
    """Of a mailing: its text, where it can be said still; else why not."""
    if not message.has_body:
        return ""
    try:
        filled(message)
    except Refused as error:
        return str(error)
    return ""


def mailing_of(request: HttpRequest, message: Message) -> Thing | None:
    return None if message.mailing is None else Thing(str(message.mailing), page_of(request, message.mailing))


def job_words(message: Message) -> str:
    return _("The job that sends it") if message.was_composed else _("The job that should have sent it")


def resends(message: Message) -> Iterator[dict[str, Any]]:
    """What was sent in its place, with what became of that."""
    for again in message.resends.only("pk", "created_at", "state").order_by("created_at", "pk"):
        yield {"pk": again.pk, "created_at": again.created_at, "badge": message_badge(again.state)}


def helpful(request: HttpRequest, message: Message) -> Iterator[Link]:
    """Where its job is corrected, if it did not arrive and this person may; what it names is linked above."""
    if message.state not in IN_TROUBLE:
        return
    if message.recipient is not None and (page := page_of(request, message.recipient)):
        yield Link(_("Open the recipient"), page)
    if message.template is not None and (page := page_of(request, message.template)):
        yield Link(_("Open the template"), page)
    job = Job.objects.filter(pk=message.job_id).first()
    if job is not None and may_correct(viewer(request), job):
        yield Link(
            _("Correct its job and run it again"), reverse("admin:tasks_app_job_correct", args=[job.pk])
        )


def template_of(request: HttpRequest, message: Message) -> Thing:
    """The template by the name that it had; "–" for what was written without one."""
    if message.template is not None:
        return Thing(message.template_name or message.template.name, page_of(request, message.template))
    return gone(message.template_name) if message.template_name else Thing("–")


def headers(message: Message) -> list[tuple[str, str]]:
    """What stands above the mail, in the order readers show it."""
    shown = [
        (_("From"), message.sender),
        (_("To"), message.headers.get("To", message.to)),
        (_("Cc"), message.headers.get("Cc", "")),
        (_("Reply to"), message.headers.get("Reply-To", "")),
        (_("Subject"), message.subject),
    ]
    return [(label, value) for label, value in shown if value]


@require_safe
def html(request: HttpRequest, object_id: str) -> HttpResponse:
    return framed(with_body(request, object_id).html)


@require_safe
def raw(request: HttpRequest, object_id: str) -> HttpResponse:
    message = with_body(request, object_id)
    _require_its_reports(request, message)
    try:
        content = mime_of(message)
    except SendError as error:
        return out_of_reach(request, message, error)
    log_action(request, message, audited.DOWNLOADED(file=f"{message.pk}.eml"))
    return as_file(content, f"{message.pk}.eml", "message/rfc822")


@require_safe
def attachment(request: HttpRequest, object_id: str, attachment_id: int) -> HttpResponse:
    message = with_body(request, object_id)
    _require_its_reports(request, message)
    found = get_object_or_404(Attachment, message=message, pk=attachment_id)
    try:
        content = content_of(found)
    except SendError as error:
        return out_of_reach(request, message, error)
    log_action(request, message, audited.DOWNLOADED(file=found.name))
    return as_file(content, found.name, "application/octet-stream")


def _require_its_reports(request: HttpRequest, message: Message) -> None:
    """What a subscription attached is a report still: raises PermissionDenied for who may not see those."""
    types = Report.objects.filter(runs__copies__message=message).values_list("type", flat=True)
    if not all(registry.may_see(request.user, one) for one in types.distinct().order_by()):
        raise PermissionDenied


def out_of_reach(request: HttpRequest, message: Message, error: SendError) -> HttpResponse:
    """410 for a file that is gone, 503 for one the storage does not give now; with the reason."""
    context = admin.site.each_context(request) | {
        "title": _("This file cannot be read now"),
        "text": str(error),
        "back": reverse("admin:backoffice_message_change", args=[message.pk]),
    }
    status = 503 if isinstance(error, TryAgain) else 410
    return TemplateResponse(request, "backoffice/out_of_reach.html", context, status=status)


def as_file(content: bytes, name: str, content_type: str) -> HttpResponse:
    """A download: never shown by the browser, whatever it holds."""
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(
        content,
        content_type=content_type,
        headers={"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
    )
