"""Jobs as a file for a spreadsheet: all that a list finds, as its page shows them to this person."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, cast

from django import forms
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from tasks_app.admin import audit_log
from tasks_app.admin.dialogs import Dialog, ask, confirmed, require
from tasks_app.admin.dressing import dress
from tasks_app.audit.recording import Line, record
from tasks_app.catalogue import label_of
from tasks_app.db.keyset import order_of, page
from tasks_app.display import count_up_to, who
from tasks_app.models import Job
from tasks_app.spreadsheets import csv_lines, rows_to_xlsx
from tasks_app.subject import subject_of

CSV, XLSX = "csv", "xlsx"
# Rows of one file. A line of CSV leaves as soon as it is written; a workbook takes no more memory for more
# rows, but eight times the processor's time, 0.2 ms a row, all of it before its first byte leaves.
MOST = {CSV: 100_000, XLSX: 20_000}
PAGE = 1_000
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

type Cell = str | int | float | datetime | None


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[
            (CSV, gettext_lazy("CSV, up to 100,000 rows")),
            (XLSX, gettext_lazy("Excel workbook (XLSX), up to 20,000 rows")),
        ],
        initial=CSV,
    )


def columns() -> list[tuple[str, Callable[[Job], Cell]]]:
    """What the list and a job's page show of it; no argument, and errors as they are kept, masked."""
    return [
        (_("Id"), lambda job: job.pk),
        (_("State"), lambda job: str(job.get_state_display())),
        (_("Job"), lambda job: str(label_of(job.name))),
        (_("Task"), lambda job: job.name),
        (_("About"), subject_of),
        (_("Error"), lambda job: job.said),
        (_("Queue"), lambda job: job.queue),
        (_("Created"), lambda job: job.created_at),
        (_("Started"), lambda job: job.started_at),
        (_("Ended"), lambda job: job.ended_at),
        (_("Ran (seconds)"), lambda job: job.duration.total_seconds() if job.duration else None),
        (_("Attempts"), lambda job: job.runs),
        (_("Launched by"), lambda job: who(job.created_by) if job.created_by else ""),
        (_("Origin"), lambda job: str(job.get_origin_display())),
        (_("Repaired"), lambda job: job.repaired_at),
    ]


def export(request: HttpRequest, model_admin: Any) -> HttpResponseBase:
    """Asks first, with how many and which; then writes down that it left, and sends it."""
    require(request, "tasks_app.view_job", "tasks_app.export_job")
    cl = model_admin.get_changelist_instance(request)
    form = dress(ExportForm(request.POST or None))
    dialog = _dialog(cl, form)
    if not confirmed(request, dialog):
        return ask(request, dialog, back=reverse("admin:tasks_app_job_changelist") + cl.get_query_string())
    chosen = form.cleaned_data["format"]
    count = min(count_up_to(MOST[chosen], cl.queryset), MOST[chosen])
    what = audit_log.JOBS_EXPORTED(count=count, format=chosen.upper(), filter=_in_words(cl))
    record(cast(int, request.user.pk), Line(Job(pk=""), "", what))
    return _file(chosen, cl.queryset, count)


def _dialog(cl: Any, form: forms.Form) -> Dialog:
    left_out = []
    if cl.paginator.count > MOST[XLSX] or cl.paginator.counted is None:
        left_out.append(
            _("what is beyond that many rows: the file has the first ones, as the list is ordered")
        )
    return Dialog(
        title=_("Export these jobs?"),
        text=_(
            "The file has what the list shows of each: %(total)s that match. The audit log keeps that you "
            "exported them."
        )
        % {"total": cl.total},
        items=cl.narrowed_to,
        left_out=left_out,
        form=form,
        submit=_("Export"),
    )


def _in_words(cl: Any) -> str:
    return "; ".join(cl.narrowed_to) or _("all jobs")


# --- The file ----------------------------------------------------------------------------------


def _file(chosen: str, rows: Any, count: int) -> HttpResponseBase:
    name = f"jobs-{timezone.localtime():%Y-%m-%d-%H%M}.{chosen}"
    lines = _as_here(lambda: _lines(rows, count))
    answer: HttpResponseBase
    if chosen == XLSX:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
        rows_to_xlsx(lines, file)
        file.seek(0)
        answer = FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[chosen])
    else:
        answer = StreamingHttpResponse(csv_lines(lines), content_type=TYPES[chosen])
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _lines(rows: Any, count: int) -> Iterator[list[Cell]]:
    """Head and rows, a page of them at a time: nothing stands open in the database between two."""
    readers = columns()
    yield [label for label, _read in readers]
    for job in _jobs(rows, count):
        yield [read(job) for _label, read in readers]


def _jobs(rows: Any, count: int) -> Iterator[Job]:
    order = order_of(rows)
    if order is None:
        raise ValueError("The list of jobs has an order that no key can name a place in.")
    key: tuple[Any, ...] = ()
    while count > 0 and (some := page(rows, order, min(PAGE, count), key)):
        yield from some
        key = order.key_of(some[-1])
        count -= len(some)


def _as_here(make: Callable[[], Iterable[list[Cell]]]) -> Iterator[list[Cell]]:
    """In the language and zone of this request, which are another's by the time that the answer is sent."""
    language, zone = get_language(), timezone.get_current_timezone()
    lines = iter(make())
    while True:
        with override(language), timezone.override(zone):
            line = next(lines, None)
        if line is None:
            return
        yield line
