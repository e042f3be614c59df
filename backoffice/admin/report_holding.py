"""Legal hold of a report and its removal: each with a reason, which the audit log keeps."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.admin import audited
from backoffice.admin.viewer import viewer
from backoffice.models import Report
from backoffice.shelf import holding
from backoffice.shelf.causes import FileKept, Held
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress

HOLD = "backoffice.hold_report"
LIST = "admin:backoffice_report_changelist"


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=500)


def hold(request: HttpRequest, report: Report) -> HttpResponse:
    require(request, HOLD)
    form = _asked(request)
    dialog = Dialog(
        title=_("Put this report under legal hold?"),
        text=_(
            "Nobody can delete it until it is released: no person, nor the clean-up when its time is over."
        ),
        items=[report.title],
        form=dress(form),
        submit=_("Put it under hold"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=_page_of(report))
    reason = form.cleaned_data["reason"]
    try:
        with transaction.atomic():
            held = holding.hold(report, by=viewer(request), reason=reason)
            if held:
                log_action(request, report, audited.REPORT_HELD(reason=reason))
    except Report.DoesNotExist:
        raise Http404 from None
    if held:
        messages.success(request, _("It is under legal hold."))
    else:
        messages.warning(request, _("It was under legal hold already."))
    return done(request, _page_of(report))


def release(request: HttpRequest, report: Report) -> HttpResponse:
    require(request, HOLD)
    form = _asked(request)
    dialog = Dialog(
        title=_("Release this report from legal hold?"),
        text=_("It can be deleted again. The clean-up does so within an hour where its time is over."),
        items=[report.title],
        form=dress(form),
        submit=_("Release it"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=_page_of(report))
    with transaction.atomic():
        if holding.release(report):
            log_action(request, report, audited.REPORT_RELEASED(reason=form.cleaned_data["reason"]))
    messages.success(request, _("It is under legal hold no more."))
    return done(request, _page_of(report))


def delete(request: HttpRequest, report: Report) -> HttpResponse:
    """For superusers: file and row, or neither."""
    if not viewer(request).is_superuser:
        raise PermissionDenied
    if held := holding.hold_of(report):
        sentence = _("This report is under legal hold (%(reason)s): release it before it can be deleted.")
        messages.error(request, sentence % {"reason": held.reason})
        return done(request, _page_of(report))
    form = _asked(request)
    dialog = Dialog(
        title=_("Delete this report?"),
        text=_("The file and the record of its downloads are deleted. It can be ordered again."),
        items=[report.title],
        form=dress(form),
        submit=_("Delete the report"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=_page_of(report))
    try:
        with transaction.atomic():
            log_action(request, report, audited.REPORT_DELETED(reason=form.cleaned_data["reason"]))
            holding.remove(report)
    except Held as error:
        messages.error(request, str(error))
        return done(request, _page_of(report))
    except FileKept:
        messages.error(request, _("The storage would not delete the file, so the report is still here."))
        return done(request, _page_of(report))
    messages.success(request, _("The report “%(title)s” is deleted.") % {"title": report.title})
    return done(request, reverse(LIST))


def _asked(request: HttpRequest) -> ReasonForm:
    return ReasonForm(request.POST if "reason" in request.POST else None)


def _page_of(report: Report) -> str:
    return reverse("admin:backoffice_report_change", args=[report.pk])
