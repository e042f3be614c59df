"""Files that jobs made already: what running them again would make a second time."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from backoffice.models import Report
from tasks_app.notices import VALUE, Notice, declare

MADE_ALREADY = declare(
    "report.made_already",
    _("The file “%(title)s” was made on %(moment)s: running it again would make another."),
    general=_("Its file was made already: running it again would make another."),
    title=VALUE,
    moment=VALUE,
)


def made_already(job_ids: Collection[str]) -> dict[str, Notice]:
    """Of these jobs, those whose file is kept, and since when."""
    made = Report.objects.filter(job_id__in=job_ids).order_by()
    return {
        job_id: MADE_ALREADY(title=title, moment=created_at)
        for job_id, title, created_at in made.values_list("job_id", "title", "created_at")
    }
