"""One report: what it covers, the file to read or download, who took it, and its deletion."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice import storage
from backoffice.admin import audited, report_holding, report_issue, report_snapshot
from backoffice.admin.report_links import type_title
from backoffice.admin.subscriptions.access import VIEW as SUBSCRIPTIONS
from backoffice.admin.viewer import viewer
from backoffice.models import Copy, Download, Report, Subscription
from backoffice.reports import registry
from backoffice.reports.errors import CannotOrder
from backoffice.reports.files import CONTENT_TYPES
from backoffice.reports.forms import Format
from backoffice.reports.periods import Period
from backoffice.shelf.holding import hold_of
from backoffice.sign_in.address import client_address
from backoffice.subscriptions.owners import visible
from tasks_app.admin.common import log_action
from tasks_app.admin.things import job_thing, page_of

logger = logging.getLogger(__name__)
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
    held = hold_of(report)
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
        "may_delete": viewer(request).is_superuser and not held,
        "may_hold": viewer(request).has_perm(report_holding.HOLD),
        "held": held,
        "kept_until": report.created_at + timedelta(days=settings.RETENTION_DAYS["reports"]),
        "copies": _copies(request, report),
        "order_again": _order_again_url(request, report),
        **report_issue.about(report),
        **report_snapshot.about(report),
        "may_make_again": viewer(request).has_perm("backoffice.order_report"),
    }
    return TemplateResponse(request, "backoffice/report/page.html", context)


def _copies(request: HttpRequest, report: Report) -> list[Copy]:
    """Whom a subscription sent it to; for who may see that subscription."""
    seen = (
        visible(viewer(request), Subscription.objects.all())
        if viewer(request).has_perm(SUBSCRIPTIONS)
        else []
    )
    copies = Copy.objects.filter(run__reports=report, message__isnull=False, run__subscription__in=seen)
    return list(copies.select_related("run__subscription", "message")[:LATEST_DOWNLOADS])


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
    if not storage.is_unchanged(file, report.sha256):
        return _altered(request, report)
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


def _altered(request: HttpRequest, report: Report) -> HttpResponse:
    """409: what lies in the storage is not what was made, and is given to nobody."""
    logger.error("The file of report %s is not the one that was made: %s", report.pk, report.file)
    context = admin.site.each_context(request) | {
        "title": _("The file of this report was changed"),
        "text": _(
            "What lies in the storage is not what was made: its checksum differs, so nobody is given it. "
            "Tell whoever runs this site; it can be restored from a backup, or ordered again."
        ),
        "back": reverse("admin:backoffice_report_change", args=[report.pk]),
    }
    return TemplateResponse(request, "backoffice/out_of_reach.html", context, status=409)


def _out_of_reach(request: HttpRequest, report: Report, error: OSError) -> HttpResponse:
    """503, with the reason: the file may well be there."""
    context = admin.site.each_context(request) | {
        "title": _("This report cannot be read now"),
        "text": storage.out_of_reach_sentence(error),
        "back": reverse("admin:backoffice_report_change", args=[report.pk]),
    }
    return TemplateResponse(request, "backoffice/out_of_reach.html", context, status=503)


def hold(request: HttpRequest, object_id: str) -> HttpResponse:
    return report_holding.hold(request, find(request, object_id))


def release(request: HttpRequest, object_id: str) -> HttpResponse:
    return report_holding.release(request, find(request, object_id))


def delete(request: HttpRequest, object_id: str) -> HttpResponse:
    return report_holding.delete(request, find(request, object_id))
