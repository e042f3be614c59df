"""Making a report again from its snapshot, by a job; and the file that came of it, where that is another."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice import storage
from backoffice.admin import audited
from backoffice.admin.report_figures.rows import not_kept
from backoffice.admin.report_page import find
from backoffice.admin.viewer import viewer
from backoffice.models import Download
from backoffice.reports.files import CONTENT_TYPES
from backoffice.reports.forms import Format
from backoffice.reports.snapshots.again import why_not
from backoffice.reports.snapshots.reading import kept_of
from backoffice.sign_in.address import client_address
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.launching import launch
from tasks_app.report_tasks import make_report_again

ORDER = "backoffice.order_report"


def make(request: HttpRequest, object_id: str) -> HttpResponse:
    report = find(request, object_id)
    require(request, ORDER)
    page = reverse("admin:backoffice_report_change", args=[report.pk])
    if refusal := why_not(kept_of(report), report):
        messages.error(request, str(refusal))
        return done(request, page)
    dialog = Dialog(
        title=_("Make this report again?"),
        text=_(
            "A job makes it from its snapshot, not from what the rows say now, and compares the two files. "
            "The report itself stays as it is."
        ),
        items=[report.title],
        submit=_("Make it again"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=page)
    with transaction.atomic():
        launch(make_report_again.name, {"report": str(report.pk)}, by=viewer(request))
        log_action(request, report, audited.MADE_AGAIN())
    messages.success(request, _("It is being made again. This page says what came of it."))
    return done(request, page)


@require_safe
def download(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """The file that was made again; where it is the same one, the one that was made first."""
    report = find(request, object_id)
    kept = kept_of(report)
    if kept is None:
        return not_kept(request, report)
    made = kept.snapshot.made_again
    if made.get("same"):
        return redirect("admin:backoffice_report_download", report.pk)
    if not made.get("file"):
        raise Http404
    try:
        file = storage.opened(made["file"])
    except OSError:  # it is kept for a day
        messages.warning(request, _("That file was removed since. Make the report again."))
        return redirect("admin:backoffice_report_change", report.pk)
    if request.method == "GET":
        Download.objects.create(report=report, user=viewer(request), address=client_address(request))
        log_action(request, report, audited.DOWNLOADED(file=report.file_name))
    return FileResponse(
        file,
        as_attachment=True,
        filename=report.file_name,
        content_type=CONTENT_TYPES[Format(report.format)],
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )
