"""A question as a report type: its approved version's form, groups and document.

Questions are rows, and pages ask for report types often: a process remembers them for two seconds.
Whoever makes a report reads its question anew (`find`), so none is made of what was withdrawn.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.db.models.signals import post_save

from backoffice.models import Question, QuestionVersion
from backoffice.questions import drawing
from backoffice.questions.answers import Answer, typed
from backoffice.questions.asking import runner
from backoffice.questions.errors import NotAllowed
from backoffice.questions.parameters import PERIOD, form_of, read, types_of, values_of
from backoffice.questions.statements import binding
from backoffice.questions.statements.reading import tokens_of
from backoffice.reports.base import Order, ReportType
from backoffice.reports.sections import Section, Sheet

RUN = "backoffice.run_question"
PREFIX = "question-"
REMEMBERED = 2.0  # seconds


class QuestionReport(ReportType):
    version: ClassVar[QuestionVersion]

    def may_order(self, user: Any) -> bool:
        """Whoever sees its documents may read them; to run it takes a right of its own."""
        return self.visible_to(user) and bool(user.has_perm(RUN))

    def sections(self, order: Order) -> Sequence[Section]:
        return self.sections_of(self.answer(order))

    def sections_of(self, answer: Answer) -> Sequence[Section]:
        return drawing.sections(self.version, answer)

    def sheet(self, order: Order) -> Sheet:
        return drawing.sheet(self.version, self.answer(order))

    def is_empty(self, order: Order) -> bool:
        return not self.answer(order).rows

    def answer(self, order: Order) -> Answer:
        period = (order.period.start, order.period.end) if "period" in order.parameters else None
        return answer(self.version, order.parameters, period)


def answer(version: QuestionVersion, given: Any, period: Any) -> Answer:
    """Ask it now. Raises NotAllowed or NotAnswered."""
    parameters = read(version.parameters)
    values = values_of(parameters, given, period, postgresql=runner.is_postgresql())
    return typed(runner.ask(version.sql, types_of(parameters), values))


def slug_of(question: Question) -> str:
    return f"{PREFIX}{question.pk}"


def may_run(user: Any, question: Question) -> bool:
    """Whether this person may have it made, or ask it on a page: by the groups of what is approved."""
    kind = find(slug_of(question))
    return kind is not None and kind.may_order(user)


def asks_for_period(version: QuestionVersion) -> bool:
    try:
        return bool(set(PERIOD) & set(binding.names_in(tokens_of(version.sql))))
    except NotAllowed:  # then it says so when it is asked
        return False


def type_of(version: QuestionVersion, groups: frozenset[str] = frozenset()) -> ReportType:
    """The report type of that version, approved or not."""
    attributes = {
        "version": version,
        "slug": f"{PREFIX}{version.question_id}",
        "title": version.title,
        "description": version.definition,
        "form": form_of(read(version.parameters), asks_for_period=asks_for_period(version)),
        "groups": groups,
        "__doc__": version.definition,
    }
    kind: type[QuestionReport] = type("Question", (QuestionReport,), attributes)
    return kind()


def _approved() -> QuerySet[Question]:
    running = Question.objects.filter(current__isnull=False, withdrawn_at=None)
    return running.select_related("current").prefetch_related("current__groups").order_by("title", "pk")


def _kind_of(question: Question) -> ReportType:
    version = question.current
    assert version is not None  # noqa: S101 - `_approved` asks for it
    return type_of(version, frozenset(group.name for group in version.groups.all()))


def find(slug: str) -> ReportType | None:
    """The type as it is now, whatever is remembered; None for what is none, or runs no more."""
    number = slug.removeprefix(PREFIX)
    if not slug.startswith(PREFIX) or not (number.isascii() and number.isdigit()) or len(number) > 18:
        return None
    question = _approved().filter(pk=int(number)).first()
    return None if question is None else _kind_of(question)


@dataclass
class _Memory:
    kinds: list[ReportType] = field(default_factory=list)
    until: float = 0.0  # by the monotonic clock


_memory = _Memory()


def all_kinds() -> list[ReportType]:
    """Of questions that run, by title; as they were two seconds ago at the latest."""
    if time.monotonic() >= _memory.until:
        remember([_kind_of(one) for one in _approved()], REMEMBERED)
    return list(_memory.kinds)


def remember(kinds: list[ReportType], seconds: float) -> None:
    _memory.kinds, _memory.until = kinds, time.monotonic() + seconds


def forget(**_kwargs: Any) -> None:
    """What this process writes it sees at once."""
    _memory.until = 0.0


post_save.connect(forget, Question)
post_save.connect(forget, QuestionVersion)
