"""Which question a page is about, and who may see it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse

from backoffice.admin.viewer import viewer
from backoffice.models import Question
from backoffice.questions.reviewing import VIEW
from backoffice.questions.seen import visible
from tasks_app.admin.things import row_of

LIST = "admin:backoffice_question_changelist"


def find(request: HttpRequest, object_id: str) -> Question:
    """The question of a URL; raises Http404, or PermissionDenied where this person may not see it."""
    user, found = viewer(request), row_of(Question, object_id)
    if found is None:
        raise Http404
    if not user.has_perm(VIEW) or not visible(user, Question.objects.filter(pk=found.pk)).exists():
        raise PermissionDenied
    return found


def page_of(question: Question, name: str = "change") -> str:
    return reverse(f"admin:backoffice_question_{name}", args=[question.pk])
