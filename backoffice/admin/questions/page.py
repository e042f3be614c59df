"""One question: what it says, who may run it, its text and its versions, and what may be done with it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice.admin.questions.access import find, page_of
from backoffice.admin.questions.facts import state_badge, version_badge
from backoffice.admin.viewer import viewer
from backoffice.models import Question, QuestionVersion, VersionState
from backoffice.questions import reviewing
from backoffice.questions.asking.runner import is_on
from backoffice.questions.kinds import may_run, slug_of
from backoffice.questions.parameters import ParameterType, read
from backoffice.questions.seen import sees_all

VERSIONS_SHOWN = 20


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    question, user = find(request, object_id), viewer(request)
    everything = sees_all(user)
    versions = question.versions.select_related("author", "reviewer").prefetch_related("groups")
    latest = list(versions[: VERSIONS_SHOWN + 1])
    running = next((one for one in latest if one.pk == question.current_id), None) or (
        versions.filter(pk=question.current_id or 0).first()
    )
    shown = latest[0] if everything else running
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": question.title,
        "opts": Question._meta,
        "question": question,
        "state": state_badge(question),
        "off": not is_on(),
        "version": shown,
        "parameters": [(one, ParameterType(one.type).label) for one in read(shown.parameters)]
        if shown
        else [],
        "everything": everything,
        "versions": [(one, version_badge(one)) for one in latest[:VERSIONS_SHOWN]] if everything else [],
        "older": len(latest) > VERSIONS_SHOWN,
        "order_url": reverse("admin:launch_form", args=[f"rapport_pdf:{slug_of(question)}"])
        if running and may_run(user, question)
        else "",
        "ask_url": page_of(question, "ask") if shown and reviewing.may_ask(user, shown) else "",
        "may_write": user.has_perm(reviewing.WRITE),
        "deeds": _deeds(question, latest[0] if latest else None, user),
    }
    return TemplateResponse(request, "backoffice/questions/page.html", context)


def _deeds(question: Question, latest: QuestionVersion | None, user: Any) -> list[dict[str, str]]:
    """The buttons, which each ask first."""
    found = []
    waiting = latest is not None and latest.state == VersionState.WAITING
    if waiting and latest is not None and reviewing.may_review(user, latest):
        found += [
            _deed(question, "approve", _("Approve …"), "verified", "primary"),
            _deed(question, "send_back", _("Send back …"), "undo"),
        ]
    if question.current_id and question.withdrawn_at is None and sees_all(user):
        found.append(_deed(question, "withdraw", _("Withdraw …"), "stop_circle", "danger"))
    return found


def _deed(question: Question, name: str, label: str, icon: str, variant: str = "") -> dict[str, str]:
    return {"url": page_of(question, name), "label": label, "icon": icon, "variant": variant}
