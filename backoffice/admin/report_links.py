"""How other pages name a report and lead to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.models import Report
from backoffice.reports import registry
from tasks_app.admin.common import Link, job_links
from tasks_app.catalogue import kind_of
from tasks_app.models import Job


def type_title(report: Report) -> str:
    """The title of its type; its slug once the type is no more."""
    return next((str(one.title) for one in registry.report_types() if one.slug == report.type), report.type)


def report_links(job: Job, user: Any) -> Iterable[Link]:
    """The report a job made, for the job's page: named alone to who may not see it."""
    kind = kind_of(job.name)
    if kind and kind.makes and Report not in kind.makes:
        return
    for report in Report.objects.filter(job_id=job.pk):
        if not (user.has_perm("backoffice.view_report") and registry.may_see(user, report.type)):
            yield Link(_("Report"), "", "picture_as_pdf", _("Not yours to read"))
            continue
        url = reverse("admin:backoffice_report_change", args=[report.pk])
        note = f"{report.format.upper()} · {filesizeformat(report.size)}"
        download = reverse("admin:backoffice_report_download", args=[report.pk])
        yield Link(_("Download"), download, "download", prominent=True)
        yield Link(_("Open the report"), url, "open_in_new", prominent=True)
        yield Link(report.title, url, "picture_as_pdf", note)


job_links.append(report_links)
