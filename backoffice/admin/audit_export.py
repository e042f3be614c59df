"""The audit log as a CSV file: what the list is narrowed to, in its reader's words; recorded there itself."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.admin import audited
from tasks_app.admin.audit_things import things_of
from tasks_app.admin.common import log_list
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.audit.entries import said
from tasks_app.db.pages import ids_in_pages
from tasks_app.display import count_up_to, more_than, who
from tasks_app.spreadsheets import harmless, lines_of

VIEW = "admin.view_logentry"
MOST = 50_000  # entries of one file
PAGE = 500


def export(request: HttpRequest) -> HttpResponseBase:
    """A dialog that says how many; its answer is the file. The address has the filters of the list."""
    require(request, VIEW)
    back = reverse("admin:admin_logentry_changelist", query=request.GET)
    try:
        entries = _listed(request)
    except IncorrectLookupParameters:
        return done(request, reverse("admin:admin_logentry_changelist"))
    count = count_up_to(MOST, entries)
    words = {"count": more_than(count, MOST)}
    too_many = [_("Narrow the list first, by day or person: one file holds at most %(most)s entries.")]
    dialog = Dialog(
        title=ngettext("Export %(count)s entry?", "Export %(count)s entries?", count) % words,
        text=_("A CSV file with what the list is narrowed to. That you took it is recorded here too."),
        left_out=[one % {"most": more_than(MOST, MOST)} for one in too_many] if count > MOST else [],
        submit=_("Export"),
        hidden=[("confirmed", "yes")],
    )
    if count > MOST or "confirmed" not in request.POST or not confirmed(request, dialog):
        return ask(request, dialog, back=back)
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    with lines_of(file) as lines:
        for row in _rows(request, entries):
            lines.writerow([harmless(cell) for cell in row])
    file.seek(0)
    log_list(request, LogEntry, audited.EXPORTED(count=count, filters=request.GET.urlencode() or "–"))
    name = f"audit-{timezone.localdate():%Y-%m-%d}.csv"
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return FileResponse(
        file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8", headers=headers
    )


def _listed(request: HttpRequest) -> QuerySet[LogEntry]:
    page: Any = admin.site._registry[LogEntry]
    rows: QuerySet[LogEntry] = page.get_changelist_instance(request).get_queryset(request)
    return rows


def _rows(request: HttpRequest, entries: QuerySet[LogEntry]) -> Iterator[list[str]]:
    """The heads, then a row an entry, the first one first."""
    heads = (_("when"), _("who"), _("username"), _("action"), _("kind"), _("what"), _("id"), _("change"))
    yield [str(head) for head in heads]
    for ids in ids_in_pages(entries, PAGE):
        page = list(LogEntry.objects.filter(pk__in=ids).select_related("user", "content_type").order_by("pk"))
        things = things_of(request, page)
        for entry in page:
            yield [
                timezone.localtime(entry.action_time).isoformat(timespec="seconds"),
                who(entry.user),
                entry.user.get_username(),
                str(entry.get_action_flag_display()),
                entry.content_type.name if entry.content_type else "",
                things[entry.pk].text,
                entry.object_id or "",
                said(entry.change_message),
            ]
