"""Which questions a person sees: who writes or reviews all of them, others those that they may run."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from backoffice.models import Question
from backoffice.questions.kinds import RUN
from backoffice.questions.reviewing import REVIEW, WRITE


def sees_all(user: Any) -> bool:
    return bool(user.has_perm(WRITE) or user.has_perm(REVIEW))


def visible(user: Any, questions: QuerySet[Question]) -> QuerySet[Question]:
    if sees_all(user):
        return questions
    if not user.has_perm(RUN):
        return questions.none()
    theirs = Question.objects.filter(withdrawn_at=None, current__groups__in=user.groups.values("pk"))
    return questions.filter(pk__in=theirs.values("pk"))
