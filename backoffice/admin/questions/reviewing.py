"""Approving a version, sending it back, withdrawing a question: each asks first, and is in the audit log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.admin import audited
from backoffice.admin.questions.access import find, page_of
from backoffice.admin.viewer import viewer
from backoffice.models import Question, QuestionVersion
from backoffice.questions import reviewing
from backoffice.questions.reviewing import CannotReview
from backoffice.questions.seen import sees_all
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done
from tasks_app.admin.dressing import dress
from tasks_app.display import who

LONGEST = 500  # of a note, as its column has it


class NoteForm(forms.Form):
    number = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=LONGEST, required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=LONGEST)


def approve(request: HttpRequest, object_id: str) -> HttpResponse:
    question, version = _to_review(request, object_id)
    text = _(
        "From now on it is what runs: whoever is in its groups may run it, and sees what it answers. "
        "Read its SQL and try it first."
    )
    form = _note_form(request, version)
    dialog = Dialog(
        title=_("Approve this version?"), text=text, items=[str(version)], form=form, submit=_("Approve")
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=page_of(question))
    return _decide(request, version, form, reviewing.approve, audited.QUESTION_APPROVED)


def send_back(request: HttpRequest, object_id: str) -> HttpResponse:
    question, version = _to_review(request, object_id)
    form = _note_form(request, version)
    dialog = Dialog(
        title=_("Send this version back?"),
        text=_("What ran before runs on. Say what its author should mend."),
        items=[str(version)],
        form=form,
        submit=_("Send back"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=page_of(question))
    return _decide(request, version, form, reviewing.send_back, audited.QUESTION_SENT_BACK)


def withdraw(request: HttpRequest, object_id: str) -> HttpResponse:
    question = find(request, object_id)
    if not sees_all(viewer(request)):
        raise PermissionDenied
    form = dress(ReasonForm(request.POST if "reason" in request.POST else None))
    dialog = Dialog(
        title=_("Withdraw this question?"),
        text=_(
            "Nobody runs it any more, and its subscriptions end. What was made stays on the shelf. A version "
            "that is approved brings it back."
        ),
        items=[question.title],
        form=form,
        submit=_("Withdraw"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=page_of(question))
    with transaction.atomic():
        if reviewing.withdraw(question):
            log_action(request, question, audited.QUESTION_WITHDRAWN(reason=form.cleaned_data["reason"]))
    messages.success(request, _("It runs no more."))
    return done(request, page_of(question))


def _to_review(request: HttpRequest, object_id: str) -> tuple[Question, QuestionVersion]:
    """The question and its latest version; raises PermissionDenied for who may not review that."""
    question = find(request, object_id)
    version = question.versions.select_related("author", "question").first()
    if version is None or not reviewing.may_review(viewer(request), version):
        raise PermissionDenied
    return question, version


def _note_form(request: HttpRequest, version: QuestionVersion) -> Any:
    """With the number of the version that was read: a newer one is not approved in its place."""
    given = request.POST if "number" in request.POST else None
    return dress(NoteForm(given, initial={"number": version.number}))


def _decide(request: HttpRequest, version: QuestionVersion, form: Any, deed: Any, said: Any) -> HttpResponse:
    note, read = form.cleaned_data["note"], form.cleaned_data["number"]
    meant = version.question.versions.select_related("author", "question").filter(number=read).first()
    try:
        with transaction.atomic():
            deed(meant or version, viewer(request), note)
            author = who(version.author) if version.author else "–"
            log_action(request, version.question, said(number=read, author=author, note=note))
    except CannotReview as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Version %(number)s is decided.") % {"number": read})
    return done(request, page_of(version.question))
