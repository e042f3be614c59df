"""The job that makes a report again from what was kept with it.

Apart from `tasks.py`, which has all other jobs, and found through it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.models import Report
from backoffice.reports.snapshots.again import make_again
from tasks_app.catalogue import job
from tasks_app.errors import CodedError
from tasks_app.notices import declare

REPORT_GONE = declare("report.gone_since", _("The report was deleted since, with what it was made from."))


class ReportGone(CodedError):
    own = REPORT_GONE


class MakeAgainForm(forms.Form):
    report = forms.UUIDField(label=_("Report"))


def title_of(arguments: dict[str, Any]) -> str:
    try:
        key = UUID(str(arguments.get("report")))
    except ValueError:
        return ""
    return Report.objects.filter(pk=key).values_list("title", flat=True).first() or ""


@job(
    label=_("Make a report again"),
    description=_("Makes a report from its snapshot, and compares it with the file that was made first."),
    form=MakeAgainForm,
    icon="replay",
    queue="default",
    permission="backoffice.order_report",
    listed=False,
    about=title_of,
    refers_to={"report": Report},
    rerun_note=_("It is made from the same snapshot once more."),
    stop_by_force=True,  # a file without its row is nobody's: the cleanup removes it
    soft_time_limit=10 * 60,
    time_limit=11 * 60,
)
def make_report_again(self: Any, report: str) -> dict[str, Any]:
    found = Report.objects.filter(pk=UUID(report)).first()
    if found is None:
        raise ReportGone
    by = self.job.created_by
    name = "" if by is None else by.get_full_name() or by.get_username()
    made = make_again(found, by=name, progress=self.progress)
    self.at_end(made.record)
    return {"status": "ok", **made.summary}
