"""The emails of a period: messages, and the jobs that should send and have none."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from backoffice.books import without_message
from backoffice.models import Message
from backoffice.reports.mail_counts import Mail, kept_as
from backoffice.reports.periods import Period
from backoffice.reports.sources.population import Values, moment
from backoffice.reports.sources.source import Counted, Form, Source
from tasks_app.db.pages import in_pages
from tasks_app.models import Job

OF_A_MESSAGE = ("id", "created_at", "state", "template_name")
OF_A_JOB = ("id", "created_at", "state")
JOB = "job:"  # an id of a job begins with it
PAGE = 2_000


class Emails(Source):
    """Nothing that names a person: an email is a row, with what it is counted by."""

    name = "emails"
    title = _("Emails of the period")
    columns: ClassVar = (
        Counted("created_at", _("Written"), Form.MOMENT),
        Counted("state", _("State"), Form.EMAIL_STATE),
        Counted("template", _("Template")),
        Counted("is_message", _("Left a message"), Form.YES, is_shown=False),
    )

    @property
    def _mail(self) -> Mail:
        return Mail(Period(*map(date.fromisoformat, self.arguments)), self.moment)

    def total(self) -> int:
        return self._mail.within.count() + self._mail.jobs.count()  # type: ignore[no-any-return]

    def rows(self) -> Iterator[tuple[str, Values]]:
        messages = self._mail.within.values_list(*OF_A_MESSAGE, named=True)
        for page in in_pages(messages, by=("created_at", "id"), size=PAGE):
            yield from map(_of_message, page)
        jobs = self._mail.jobs.values_list(*OF_A_JOB, named=True)
        for page in in_pages(jobs, by=("created_at", "id"), size=PAGE):
            yield from map(_of_job, page)

    def known(self, ids: Collection[str]) -> Iterator[tuple[str, Values]]:
        messages = [UUID(one) for one in ids if not one.startswith(JOB)]
        found = Message.objects.filter(pk__in=messages).order_by().values_list(*OF_A_MESSAGE, named=True)
        yield from map(_of_message, found)
        jobs = [one.removeprefix(JOB) for one in ids if one.startswith(JOB)]
        left = without_message(Job.objects.filter(pk__in=jobs)).order_by()
        yield from map(_of_job, left.values_list(*OF_A_JOB, named=True))

    def row(self, key: str) -> tuple[type[Model], Any]:
        return (Job, key.removeprefix(JOB)) if key.startswith(JOB) else (Message, UUID(key))


def _of_message(row: Any) -> tuple[str, Values]:
    return str(row.id), (moment(row.created_at), row.state, row.template_name, True)


def _of_job(row: Any) -> tuple[str, Values]:
    return f"{JOB}{row.id}", (moment(row.created_at), kept_as(row.state), "", False)
