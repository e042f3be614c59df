"""Versions of a question: written, approved or sent back by a second person, withdrawn. Each is one guarded
change, so that of two people who decide at once one decides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from backoffice.models import Question, QuestionVersion, VersionState
from backoffice.questions import causes
from backoffice.questions.errors import NotAllowed
from backoffice.questions.kinds import may_run
from tasks_app.errors import CodedError

WRITE, REVIEW, VIEW = "backoffice.add_question", "backoffice.review_question", "backoffice.view_question"


class CannotReview(CodedError):
    """It is not theirs to review, or there is nothing to review any more."""


def write(question: Question | None, version: QuestionVersion, groups: Iterable[Any]) -> QuestionVersion:
    """Keep it as the next version of that question, or as the first of a new one; it waits for a review."""
    with transaction.atomic():
        if question is None:
            question = Question.objects.create(title=version.title)
        Question.objects.select_for_update().get(pk=question.pk)
        last = question.versions.aggregate(last=Max("number"))["last"] or 0
        version.question, version.number = question, last + 1
        version.save(force_insert=True)
        version.groups.set(groups)
        if question.current_id is None:
            question.title = version.title
            question.save(update_fields=["title"])
    return version


def waiting(question: Question) -> QuestionVersion | None:
    """The version to be reviewed: the latest, where nobody has."""
    latest = question.versions.select_related("author", "reviewer").first()
    return latest if latest is not None and latest.state == VersionState.WAITING else None


def may_review(user: Any, version: QuestionVersion) -> bool:
    return bool(user.has_perm(REVIEW)) and version.author_id != user.pk


def approve(version: QuestionVersion, by: Any, note: str) -> None:
    """From now on it is what runs. Raises CannotReview."""
    with transaction.atomic():
        question = _decided(version, VersionState.APPROVED, by, note)
        question.current, question.title, question.withdrawn_at = version, version.title, None
        question.save(update_fields=["current", "title", "withdrawn_at"])


def send_back(version: QuestionVersion, by: Any, note: str) -> None:
    """What ran before runs on. Raises CannotReview."""
    with transaction.atomic():
        _decided(version, VersionState.REFUSED, by, note)


def _decided(version: QuestionVersion, state: VersionState, by: Any, note: str) -> Question:
    if not may_review(by, version):
        raise CannotReview(causes.OWN_VERSION())
    question = Question.objects.select_for_update().get(pk=version.question_id)
    latest = question.versions.aggregate(last=Max("number"))["last"]
    mine = QuestionVersion.objects.filter(pk=version.pk, state=VersionState.WAITING, number=latest)
    if not mine.update(state=state, reviewer=by, reviewed_at=timezone.now(), review_note=note):
        raise CannotReview(causes.REVIEWED_ALREADY())
    return question


def withdraw(question: Question) -> bool:
    """It runs no more until a version is approved again; False where it did not run."""
    running: QuerySet[Question] = Question.objects.filter(
        pk=question.pk, current__isnull=False, withdrawn_at=None
    )
    done = bool(running.update(withdrawn_at=timezone.now()))
    question.refresh_from_db()
    return done


def may_ask(user: Any, version: QuestionVersion) -> bool:
    """Its author, and who reviews; all others only what is approved, by their groups."""
    if not user.is_active:
        return False
    if user.has_perm(REVIEW) or (version.author_id == user.pk and user.has_perm(WRITE)):
        return True
    return version.question.current_id == version.pk and may_run(user, version.question)


def check_ask(user: Any, version: QuestionVersion) -> None:
    """Raises NotAllowed."""
    if not may_ask(user, version):
        raise NotAllowed(causes.NOT_THEIRS())
