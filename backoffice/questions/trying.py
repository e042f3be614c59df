"""One answer for who asked: its first rows, to be read on a page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from backoffice.emails.audience import row_of
from backoffice.models import QuestionAnswer, QuestionVersion
from backoffice.questions import causes
from backoffice.questions.answers import Answer
from backoffice.questions.asking.plain import plain, value_of
from backoffice.questions.errors import NotAnswered
from backoffice.questions.kinds import QuestionReport, type_of
from backoffice.questions.reviewing import check_ask
from backoffice.reports.base import Order

KEPT = 200  # rows


def ask(
    version_id: Any, given: Mapping[str, Any], *, by: Any, moment: datetime, job_id: str
) -> QuestionAnswer:
    """The row is the caller's to save, with the end of the job.

    Raises CannotOrder for parameters that do not fit, NotAllowed or NotAnswered.
    """
    version = row_of(QuestionVersion.objects.select_related("question"), version_id)
    if version is None or by is None:
        raise NotAnswered(causes.NO_SUCH_VERSION())
    check_ask(by, version)
    kind = type_of(version)
    assert isinstance(kind, QuestionReport)  # noqa: S101 - for the type checker
    order = Order(kind, kind.clean(given), moment, timezone.now(), "")
    found = kind.answer(order)
    kind.sections_of(found)  # what cannot be added up or drawn is said now, not to the first reader
    return QuestionAnswer(
        version=version,
        job_id=job_id,
        asked_by=by,
        parameters=dict(given),
        columns=found.columns,
        numbers=sorted(found.numbers),
        rows=[[plain(value) for value in row] for row in found.rows[:KEPT]],
        row_count=len(found.rows),
    )


def title_of(version_id: Any) -> str:
    """ "" for a version that there is not."""
    version = row_of(QuestionVersion.objects.only("title", "number"), version_id)
    return "" if version is None else str(version)


def kept(row: QuestionAnswer) -> Answer:
    """As it was, but for rows beyond the first."""
    return Answer(row.columns, [[value_of(one) for one in line] for line in row.rows], frozenset(row.numbers))
