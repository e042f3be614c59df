"""One report: what it covers, the file to read or download, who took it, and its deletion."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice import storage
from backoffice.admin import audited
from backoffice.admin.report_links import type_title
from backoffice.admin.viewer import viewer
from backoffice.models import Download, Report
from backoffice.reports import registry
from backoffice.reports.errors import CannotOrder
from backoffice.reports.forms import Format
from backoffice.reports.periods import Period
from backoffice.sign_in.address import client_address
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done
from tasks_app.admin.things import job_thing, page_of

CONTENT_TYPES = {
    Format.PDF: "application/pdf",
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LATEST_DOWNLOADS = 20


def find(request: HttpRequest, object_id: str) -> Report:
    """The report of a URL; raises Http404, or PermissionDenied where this person may not see it."""
    try:
        report = Report.objects.select_related("created_by").filter(pk=UUID(object_id)).first()
    except ValueError:  # not an id at all
        report = None
    if report is None:
        raise Http404
    user = viewer(request)
    if not user.has_perm("backoffice.view_report") or not registry.may_see(user, report.type):
        raise PermissionDenied
    return report


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    report = find(request, object_id)
    trouble = storage.trouble_with(report.file)
    downloads = list(report.downloads.select_related("user")[: LATEST_DOWNLOADS + 1])
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": report.title,
        "opts": Report._meta,
        "report": report,
        "type_title": type_title(report),
        "parameters": in_words(report),
        "job": job_thing(request, report.job_id, _("Job %(id)s") % {"id": report.job_id[:8]}),
        "orderer_url": page_of(request, report.created_by) if report.created_by else "",
        "downloads": downloads[:LATEST_DOWNLOADS],
        "more_downloads": len(downloads) > LATEST_DOWNLOADS,
        "trouble": trouble,
        "readable": not trouble and report.format == Format.PDF,
        "may_delete": viewer(request).is_superuser,
        "order_again": _order_again_url(request, report),
    }
    return TemplateResponse(request, "backoffice/report/page.html", context)


def in_words(report: Report) -> list[tuple[str, str]]:
    """The parameters as (label, value) for people, and the days a moving period came to."""
    try:
        words = registry.find(report.type).words(report.parameters)
    except CannotOrder:
        words = [(name, str(value)) for name, value in report.parameters.items()]
    first, last = report.parameters.get("first_day"), report.parameters.get("last_day")
    if first and last:
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
        words.append((_("Days covered"), str(period)))
    return words


def _order_again_url(request: HttpRequest, report: Report) -> str:
    """The launch form as it was filled in; "" for who may not order it."""
    if not viewer(request).has_perm("backoffice.order_report"):
        return ""
    slug = f"rapport_pdf:{report.type}"
    filled = {k: v for k, v in report.parameters.items() if k not in ("first_day", "last_day")}
    return reverse("admin:launch_form", args=[slug], query=filled)


@require_safe
def download(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """The file, to be saved under its name; each download is recorded."""
    return _sent(request, find(request, object_id), preview=False)


@require_safe
def read(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """The PDF, to be read in the page; recorded likewise."""
    report = find(request, object_id)
    if report.format != Format.PDF:
        raise Http404
    return _sent(request, report, preview=True)


def _sent(request: HttpRequest, report: Report, *, preview: bool) -> HttpResponseBase:
    try:
        file = storage.opened(report.file)
    except FileNotFoundError:
        return _gone(request, report)
    except OSError as error:
        return _out_of_reach(request, report, error)
    if request.method == "GET":
        Download.objects.create(
            report=report, user=viewer(request), address=client_address(request), preview=preview
        )
        log_action(request, report, audited.READ() if preview else audited.DOWNLOADED(file=report.file_name))
    return FileResponse(
        file,
        as_attachment=not preview,
        filename=report.file_name,
        content_type=CONTENT_TYPES[Format(report.format)],
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )


def _gone(request: HttpRequest, report: Report) -> HttpResponse:
    """410, with what to do: the row is there and its file is not."""
    context = admin.site.each_context(request) | {
        "title": _("The file of this report is gone"),
        "report": report,
        "order_again": _order_again_url(request, report),
    }
    return TemplateResponse(request, "backoffice/report/gone.html", context, status=410)


def _out_of_reach(request: HttpRequest, report: Report, error: OSError) -> HttpResponse:
    """503, with the reason: the file may well be there."""
    context = admin.site.each_context(request) | {
        "title": _("This report cannot be read now"),
        "text": storage.out_of_reach_sentence(error),
        "back": reverse("admin:backoffice_report_change", args=[report.pk]),
    }
    return TemplateResponse(request, "backoffice/out_of_reach.html", context, status=503)


def delete(request: HttpRequest, object_id: str) -> HttpResponse:
    """For superusers: the file first, then its row."""
    report = find(request, object_id)
    if not viewer(request).is_superuser:
        raise PermissionDenied
    dialog = Dialog(
        title=_("Delete this report?"),
        text=_("The file and the record of its downloads are deleted. It can be ordered again."),
        items=[report.title],
        submit=_("Delete the report"),
        danger=True,
    )
    page = reverse("admin:backoffice_report_change", args=[report.pk])
    if not confirmed(request, dialog):
        return ask(request, dialog, back=page)
    with transaction.atomic():
        log_action(request, report, audited.REPORT_DELETED())
        if kept := not storage.delete_report(report):
            transaction.set_rollback(True)
    if kept:
        messages.error(request, _("The storage would not delete the file, so the report is still here."))
        return done(request, page)
    messages.success(request, _("The report “%(title)s” is deleted.") % {"title": report.title})
    return done(request, reverse("admin:backoffice_report_changelist"))
