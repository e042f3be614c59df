"""Where the causes of emails and reports are mended: the recipient, the template, the suppressed address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.admin.message_facts import messages_of_job
from backoffice.admin.suppressions import LIFT
from backoffice.admin.viewer import viewer
from backoffice.emails import suppression
from backoffice.emails.addresses import envelope
from backoffice.emails.errors import Refused
from backoffice.models import EmailTemplate, Message, Recipient, Suppression
from tasks_app.admin.common import Link, once_of_job
from tasks_app.admin.jobs.mending import Mend, is_refused, stands, ways, ways_of_many
from tasks_app.admin.things import page_of, row_of
from tasks_app.models import Job
from tasks_app.subject import arguments_of

type Text = str | Promise

LONGEST_KEY = 19  # digits that no database's keys reach


@once_of_job
def message_of(job: Job) -> Message | None:
    """The one that it wrote, or that it was to deliver."""
    given = arguments_of(job).get("message_id")
    named = Message.objects.with_id(given).first() if given is not None else None
    return named or next(iter(messages_of_job(job)), None)


@once_of_job
def recipient_of(job: Job) -> Recipient | None:
    key = arguments_of(job).get("destinataire_id")
    named = row_of(Recipient, key) if key is not None else None
    if named is None and (message := message_of(job)) is not None:
        return message.recipient
    return named


@once_of_job
def template_of(job: Job) -> EmailTemplate | None:
    arguments = arguments_of(job)
    if (key := arguments.get("modele_id")) is not None:
        return row_of(EmailTemplate, key)
    if "destinataire_id" in arguments:
        return EmailTemplate.objects.default().first()
    return _template_of_message(job)


def _template_of_message(job: Job) -> EmailTemplate | None:
    """Of a job that was given its message, and no template."""
    message = None if "destinataire_id" in arguments_of(job) else message_of(job)
    return message.template if message else None


def _page(label: Text, icon: str, row: Model | None, request: HttpRequest) -> Iterable[Link]:
    if row is not None and (url := page_of(request, row)):
        yield Link(label, url, icon)


@once_of_job
def suppression_of(job: Job) -> Suppression | None:
    """Of the address that it wrote to, or would write to now."""
    message, recipient = message_of(job), recipient_of(job)
    address = (message.to if message else "") or (recipient.email if recipient else job.about)
    return suppression.of_address(address)


def _suppressed(request: HttpRequest, job: Job) -> Iterable[Link]:
    found = suppression_of(job)
    if found is not None and viewer(request).has_perm(LIFT):
        query = {"job": job.pk}
        url = reverse("admin:backoffice_suppression_lift", args=[found.pk], query=query)
        yield Link(_("Let the address get emails"), url, "mark_email_read", dialog=True)
    else:
        yield from _page(_("Open the suppressed address"), "unsubscribe", found, request)


def is_suppressed(job: Job) -> bool:
    return suppression_of(job) is not None


def _templates(request: HttpRequest, job: Job) -> Iterable[Link]:
    rows: Any = admin.site._registry[EmailTemplate]
    if rows.has_view_permission(request):
        yield Link(_("Open the templates"), reverse("admin:backoffice_emailtemplate_changelist"), "draft")


def _shared_templates(request: HttpRequest, jobs: Sequence[Job]) -> Iterable[Mend]:
    """The one that all of them were written from; of several each by its name."""
    keys = {job.pk: arguments_of(job).get("modele_id") for job in jobs}
    named = [int(key) for key in map(str, keys.values()) if key.isdecimal() and len(key) < LONGEST_KEY]
    wanted = Q(pk__in=named)
    unnamed = next((job for job in jobs if keys[job.pk] is None), None)
    if unnamed is not None and "destinataire_id" in arguments_of(unnamed):
        wanted |= Q(slug=settings.DEFAULT_EMAIL_TEMPLATE)
    found = {row.pk: row for row in EmailTemplate.objects.filter(wanted)}
    if unnamed is not None and (row := _template_of_message(unnamed)) is not None:
        found[row.pk] = row
    for row in found.values():
        label = _("Open the template “%(name)s”") % {"name": row.name} if len(found) > 1 else OPEN_TEMPLATE
        for link in _page(label, "draft", row, request):
            yield Mend(link, row.updated_at)


OPEN_TEMPLATE = _("Open the template")
ways["recipient"] = lambda request, job: _page(
    _("Open the recipient"), "contacts", recipient_of(job), request
)
ways["template"] = lambda request, job: _page(OPEN_TEMPLATE, "draft", template_of(job), request)
ways["suppression"] = _suppressed
ways["templates"] = _templates


def is_unwelcome(job: Job) -> bool:
    """Whether its email is not sent to them now either. What is known at once is looked at first."""
    if "message_id" not in arguments_of(job):
        recipient = recipient_of(job)
        return recipient is None or not recipient.active or is_suppressed(job) or is_refused(job)
    if is_suppressed(job):
        return True
    message = message_of(job)
    if message is None or (message.recipient is not None and not message.recipient.active):
        return True
    try:
        envelope(message.to)
    except Refused:
        return True
    return False


def is_unfit(job: Job) -> bool:
    """Whether its template would not do now either; what is written already stays as it is."""
    return "message_id" in arguments_of(job) or is_refused(job)


stands |= {
    "recipient": is_unwelcome,
    "suppression": is_suppressed,
    "template": is_unfit,
    "templates": is_unfit,
}
ways_of_many["template"] = _shared_templates
ways_of_many["templates"] = lambda request, jobs: map(Mend, _templates(request, jobs[0]))
