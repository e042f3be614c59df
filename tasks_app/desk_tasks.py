"""Jobs of the support desk: what a page asks for that is too much for a click.

Apart from `tasks.py`, which has all other jobs, and found through it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from tasks_app import control
from tasks_app.audit.recording import Line, Together
from tasks_app.catalogue import job
from tasks_app.db.pages import ids_in_pages
from tasks_app.errors import CodedError
from tasks_app.models import Job, State
from tasks_app.models.queue import REASON_LENGTH
from tasks_app.notices import PERSON, VALUE, declare
from tasks_app.worker.result_writer import tell_that_cancelled

# What the list of a table shows a person under the filters of a query string: handed in by the pages, which
# stand on a floor above.
ROWS_OF: dict[type[Model], Callable[[str, Any], QuerySet[Any]]] = {}

CANCEL = "tasks_app.cancel_job"
STEP = 100  # jobs of one transaction

NOT_ALLOWED = declare(
    "desk.not_allowed",
    _("Whoever asked for it may not cancel jobs any more, or is gone: nothing else was cancelled."),
    hint=_("Have somebody who may cancel jobs ask for it again."),
)
CANCELLING = declare(
    "desk.cancelling",
    _("Cancelled: %(cancelled)s. Asked to stop: %(asked)s."),
    general=_("Cancelling."),
    cancelled=VALUE,
    asked=VALUE,
)
ALL_CANCELLED = declare(
    "audit.jobs_cancelled_in_steps",
    _("Cancelled %(count)s jobs. %(reason)s"),
    general=_("Cancelled jobs."),
    count=VALUE,
    reason=PERSON,
)
ONE_CANCELLED = declare("audit.job_cancelled_in_steps", _("Cancelled, with others."))
ONE_ASKED = declare("audit.job_asked_in_steps", _("Asked to stop, with others."))
SAID = {"cancelled": ONE_CANCELLED, "asked": ONE_ASKED}


class NotAllowed(CodedError):
    own = NOT_ALLOWED


class CancelJobsForm(forms.Form):
    query = forms.CharField(label=_("Filters of the list"), required=False)
    asked_at = forms.DateTimeField(label=_("Asked at"))
    reason = forms.CharField(label=_("Why?"), required=False, max_length=REASON_LENGTH)


@job(
    label=_("Cancel jobs"),
    description=_("Cancels all jobs that a list showed, step by step."),
    form=CancelJobsForm,
    icon="block",
    queue="low",
    permission=CANCEL,
    listed=False,
    about=lambda arguments: str(arguments.get("reason") or "")[:255],
    rerun_note=_("What the same filters show of the jobs of then is cancelled, where it has not ended."),
    stop_by_force=True,  # each step is a transaction of its own
)
def cancel_jobs(self: Any, query: str, asked_at: str, reason: str = "") -> dict[str, int]:
    by, done = self.job.created_by, Counter({"cancelled": 0, "asked": 0})
    left = _left(query, parse_datetime(asked_at) or self.job.created_at, by)
    together = Together(by.pk, lambda count: ALL_CANCELLED(count=count, reason=reason), self.request.id)
    for ids in ids_in_pages(left, STEP):
        with transaction.atomic():
            lines = list(_cancelled(ids, by, reason))
            together.add(lines)
        done.update(answer for line in lines for answer, said in SAID.items() if line.what.code == said.code)
        self.progress(None, CANCELLING(**done))
    return dict(done)


def _cancelled(ids: list[str], by: Any, reason: str) -> Iterator[Line]:
    """Cancel them; a line of the audit log for each that something was done to."""
    for one in Job.objects.filter(pk__in=ids).order_by("pk"):
        answer = control.cancel(one, by=by, reason=reason, tell_cancelled=tell_that_cancelled)
        if answer in SAID:
            yield Line(one, str(one), SAID[answer]())


def _left(query: str, asked_at: datetime, by: Any) -> QuerySet[Job]:
    """What is still to be cancelled; raises NotAllowed. What came after it was asked for is left alone."""
    if by is None or not by.is_active or not by.has_perm(CANCEL):
        raise NotAllowed
    rows = ROWS_OF[Job](query, by).filter(created_at__lte=asked_at, cancel_asked_at=None)
    return rows.filter(state__in=[State.WAITING, State.RUNNING])
