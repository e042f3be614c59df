"""One mailing, as it goes on: its text, who approved it, what became of each person, and what may be done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice.admin.mailings.controls import APPROVE, COMPOSE, SEND, find_mailing
from backoffice.admin.message_facts import framed
from backoffice.admin.viewer import viewer
from backoffice.emails.errors import Refused
from backoffice.emails.preview import text_as_html
from backoffice.mailings import approving
from backoffice.mailings.balance import FATES, Balance, balance, knows_beyond_acceptance
from backoffice.mailings.letters import Letter, letter
from backoffice.models import Mailing, MailingState
from tasks_app.admin.jobs.actions import Button
from tasks_app.display import Text, badge, span
from tasks_app.models import Job

VIEW = "backoffice.view_mailing"
LOOKS: dict[str, tuple[str, str]] = {
    MailingState.DRAFT: ("", "draft"),
    MailingState.FREEZING: ("info", "group_add"),
    MailingState.FROZEN: ("warning", "front_hand"),
    MailingState.SENDING: ("info", "campaign"),
    MailingState.PAUSED: ("warning", "pause_circle"),
    MailingState.STOPPED: ("", "block"),
    MailingState.DONE: ("success", "check_circle"),
}
STOPPABLE = frozenset(MailingState) - {MailingState.STOPPED, MailingState.DONE}
# A mailing to more people is counted once in so many seconds, however many watch it.
MANY, COUNTED_EVERY = 10_000, 3


@dataclass(frozen=True)
class Row:
    """A figure, and the list of exactly those people."""

    label: Text
    count: str
    url: str


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    mailing = _find(request, object_id)
    context = admin.site.each_context(request) | body(request, mailing)
    context |= {
        "title": str(mailing),
        "opts": Mailing._meta,
        "digest": digest(request, context),
        "letter": _sample(mailing),
        "letter_url": reverse("admin:backoffice_mailing_letter", args=[mailing.pk]),
    }
    return TemplateResponse(request, "backoffice/mailings/mailing.html", context)


@require_safe
def live(request: HttpRequest, object_id: str) -> HttpResponse:
    """The page's changing part for whoever watches: 204 while nothing changed since `?seen=`."""
    context = body(request, _find(request, object_id))
    context["digest"] = digest(request, context)
    if request.GET.get("seen") == context["digest"]:
        return HttpResponse(status=204)
    return TemplateResponse(request, "backoffice/mailings/body.html", context | {"announce": True})


@require_safe
def letter_frame(request: HttpRequest, object_id: str) -> HttpResponse:
    """What the first of its people reads, for a sandboxed frame."""
    said = _sample(_find(request, object_id))
    if not isinstance(said, Letter):
        raise Http404
    return framed(said.html or text_as_html(said.text))


def _find(request: HttpRequest, object_id: str) -> Mailing:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    return find_mailing(object_id)


def _sample(mailing: Mailing) -> Letter | str:
    """The letter of the first person, why it cannot be said, or "" where there is nobody yet."""
    if mailing.frozen_at is None or mailing.values_pruned_at is not None:
        return ""
    person = mailing.everybody.exclude(address=None).order_by("pk").first()
    if person is None:
        return ""
    try:
        return letter(mailing, person, timezone.localdate())
    except Refused as error:
        return str(error)


def body(request: HttpRequest, mailing: Mailing) -> dict[str, Any]:
    counted = balance_shown(mailing)
    working = Job.objects.filter(pk=mailing.job_id).first() if mailing.job_id else None
    is_live = not mailing.has_ended and mailing.state not in (MailingState.FROZEN, MailingState.PAUSED)
    is_sending = mailing.state == MailingState.SENDING
    return {
        "mailing": mailing,
        "badge": state_badge(mailing),
        "is_live": is_live and bool(mailing.job_id),
        "reason": mailing.said,
        "progress": _progress(counted) if is_sending else None,
        "rate": number_format(mailing.rate, 1) if is_sending and mailing.rate else "",
        "time_left": _time_left(mailing, counted) if is_sending else "",
        "rows": list(_rows(mailing, counted)),
        "total": number_format(counted.people, force_grouping=True),
        "everybody_url": people_url(mailing, ""),
        "unaccounted": counted.unaccounted,
        "knows_more": knows_beyond_acceptance(),
        "needs_approval": approving.needs_approval(mailing) and not mailing.has_ended,
        "approvals": list(mailing.approvals.select_related("withdrawn_by")),
        "working": working if request.user.has_perm("tasks_app.view_job") else None,
        "actions": offered(request, mailing),
    }


def balance_shown(mailing: Mailing) -> Balance:
    if mailing.people <= MANY:
        return balance(mailing)
    key = f"mailing-balance:{mailing.pk}:{mailing.state}"
    found = cache.get(key)
    if found is None:
        found = balance(mailing)
        cache.set(key, found, COUNTED_EVERY)
    return found  # type: ignore[no-any-return]  # what the cache holds is ours


def digest(request: HttpRequest, context: dict[str, Any]) -> str:
    """Changes when what the page shows does."""
    shown = render_to_string("backoffice/mailings/body.html", context | {"digest": ""}, request)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def state_badge(mailing: Mailing) -> str:
    variant, icon = LOOKS[mailing.state]
    return badge(mailing.get_state_display(), variant, icon)


def people_url(mailing: Mailing, fate: str) -> str:
    url = reverse("admin:backoffice_mailing_people", args=[mailing.pk])
    return f"{url}?{urlencode({'fate': fate})}" if fate else url


def _rows(mailing: Mailing, counted: Balance) -> Iterator[Row]:
    """Each part that has people; they add up to all of them."""
    for fate, label in FATES.items():
        if number := counted.counts[fate]:
            yield Row(label, number_format(number, force_grouping=True), people_url(mailing, fate))


def _progress(counted: Balance) -> int:
    return round(100 * (1 - counted.left / counted.people)) if counted.people else 0


def _time_left(mailing: Mailing, counted: Balance) -> str:
    return span(timedelta(seconds=round(counted.left / mailing.rate))) if mailing.rate else ""


def _awaits_approval_of(mailing: Mailing, user: Any) -> bool:
    return (
        mailing.state in approving.OPEN
        and approving.needs_approval(mailing)
        and approving.approval_of(mailing) is None
        and approving.why_not(mailing, user) is None
    )


def offered(request: HttpRequest, mailing: Mailing) -> list[Button]:
    """What makes sense in its state and is allowed to this person; the page says why something is not."""
    user, state = viewer(request), mailing.state

    def url(name: str) -> str:
        return reverse(f"admin:backoffice_mailing_{name}", args=[mailing.pk])

    buttons = []
    if user.has_perm(COMPOSE) and state == MailingState.DRAFT and not mailing.job_id:
        buttons.append(Button(_("Take down its audience"), url("take_down"), "group_add", "primary"))
    if user.has_perm(APPROVE) and _awaits_approval_of(mailing, user):
        buttons.append(Button(_("Approve"), url("approve"), "verified", "primary"))
    if user.has_perm(APPROVE) and not mailing.has_ended and approving.approval_of(mailing) is not None:
        buttons.append(Button(_("Withdraw the approval"), url("withdraw"), "undo"))
    return buttons + (list(_for_sending(mailing, url)) if user.has_perm(SEND) else [])


def _for_sending(mailing: Mailing, url: Callable[[str], str]) -> Iterator[Button]:
    state = mailing.state
    may_leave = not approving.needs_approval(mailing) or approving.approval_of(mailing) is not None
    if state == MailingState.FROZEN and may_leave and mailing.people:
        yield Button(_("Send"), url("send"), "send", "primary")
    if state == MailingState.SENDING:
        yield Button(_("Pause"), url("pause"), "pause")
    if state == MailingState.PAUSED and may_leave:
        yield Button(_("Resume"), url("resume"), "play_arrow", "primary")
    if state in STOPPABLE:
        yield Button(_("Stop"), url("stop"), "block", "danger")
