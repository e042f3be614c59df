"""The emails of a period, one by one, for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.models import MessageState
from backoffice.reports.mail_counts import NOT_WRITTEN, WITHOUT_MESSAGE, Mail, kept_as
from backoffice.reports.sections import Row, Text
from tasks_app.db.pages import in_pages
from tasks_app.models.caused import said_of

LABELS: dict[str, Text] = {
    NOT_WRITTEN: _("Not written yet"),
    **{state.value: state.label for state in MessageState},
    WITHOUT_MESSAGE: _("Without a message"),
}


def rows_of(mail: Mail) -> Iterator[Row]:
    yield from _of_messages(mail)
    yield from _of_jobs(mail)


def _of_messages(mail: Mail) -> Iterator[Row]:
    columns = (
        "id", "created_at", "to", "template_name", "subject", "security", "state", "sent_at",
        "error", "cause", "cause_params",
    )  # fmt: skip
    for page in in_pages(mail.within.values_list(*columns, named=True), by=("created_at", "id"), size=2000):
        for row in page:
            subject = "" if row.security else row.subject
            state = MessageState(row.state).label
            said = said_of(row.cause, row.cause_params, row.error)
            to = row.to or gettext("no known address")
            yield [row.created_at, to, row.template_name, subject, state, row.sent_at, said]


def _of_jobs(mail: Mail) -> Iterator[Row]:
    """Those that have no message."""
    columns = ("id", "created_at", "state", "error", "cause", "cause_params")
    for page in in_pages(mail.jobs.values_list(*columns, named=True), by=("created_at", "id"), size=2000):
        for job in page:
            said = said_of(job.cause, job.cause_params, job.error)
            label = LABELS[kept_as(job.state)]
            yield [job.created_at, gettext("no known address"), "", "", label, None, said]
