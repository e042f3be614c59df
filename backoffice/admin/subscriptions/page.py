"""One subscription: what comes to whom and when, and what came of its times, reader by reader."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice.admin.message_facts import MESSAGE_LOOKS
from backoffice.admin.subscriptions.access import find, kind_of, page_of
from backoffice.admin.subscriptions.facts import next_of, rhythm_of, state_badge
from backoffice.admin.viewer import viewer
from backoffice.models import Copy, MessageState, RunState, Subscription, SubscriptionRun
from backoffice.reports import registry
from backoffice.subscriptions import unread
from backoffice.subscriptions.owners import is_here, may_handle
from tasks_app.admin.things import job_thing
from tasks_app.display import badge

RUNS_SHOWN = 12
RUN_LOOKS = {
    RunState.HANDED_ON: ("success", "forward_to_inbox"),
    RunState.EMPTY: ("", "skip_next"),
    RunState.NOBODY: ("warning", "person_off"),
    RunState.FAILED: ("danger", "error"),
}


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    subscription, user = find(request, object_id), viewer(request)
    kind, handles = kind_of(subscription), may_handle(user, subscription)
    readers = list(subscription.readers.select_related("user", "outside").order_by("stopped_at", "pk"))
    runs = list(subscription.runs.prefetch_related("reports", "copies__message")[:RUNS_SHOWN])
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": subscription.name,
        "opts": Subscription._meta,
        "subscription": subscription,
        "state": state_badge(subscription),
        "report_title": kind.title if kind else subscription.type,
        "parameters": kind.words(subscription.parameters) if kind else [],
        "formats": ", ".join(one.upper() for one in subscription.formats),
        "form": _("As a link behind sign-in: it is confidential")
        if kind and kind.confidential
        else subscription.get_form_display(),
        "rhythm": rhythm_of(subscription),
        "next_time": next_of(subscription),
        "readers": readers,
        "runs": [_run(request, one) for one in runs],
        "periods": unread.PERIODS,
        "without_owner": not is_here(subscription.owner),
        "deeds": _deeds(subscription, handles=handles, reads=_reads(readers, user)),
        "may_edit": handles and kind is not None and subscription.schedule_id is not None,
        "asks": handles and subscription.question_open,
    }
    return TemplateResponse(request, "backoffice/subscriptions/page.html", context)


def _reads(readers: list[Any], user: Any) -> bool:
    return any(one.user_id == user.pk and one.stopped_at is None for one in readers)


def _deeds(subscription: Subscription, *, handles: bool, reads: bool) -> list[dict[str, str]]:
    """The buttons, which each ask first; the form is a page of its own."""
    found = []
    if handles and subscription.ended_at is None:
        found += [
            _deed(subscription, "hand_over", _("Hand over …"), "swap_horiz"),
            _deed(subscription, "end", _("End it …"), "stop_circle", "danger"),
        ]
    elif handles and subscription.schedule_id:
        found.append(_deed(subscription, "go_on", _("Let it go on …"), "play_arrow", "primary"))
    if reads:
        found.append(_deed(subscription, "leave", _("Send it to me no more …"), "unsubscribe"))
    return found


def _deed(subscription: Subscription, name: str, label: str, icon: str, variant: str = "") -> dict[str, str]:
    return {"url": page_of(subscription, name), "label": label, "icon": icon, "variant": variant}


def _run(request: HttpRequest, run: SubscriptionRun) -> dict[str, Any]:
    user, state = viewer(request), RunState(run.state)
    sees = user.has_perm("backoffice.view_report")
    return {
        "run": run,
        "badge": badge(state.label, *RUN_LOOKS[state]),
        "job": job_thing(request, run.job_id, _("Job %(id)s") % {"id": run.job_id[:8]}),
        "reports": [
            (one, reverse("admin:backoffice_report_change", args=[one.pk]))
            for one in run.reports.all()
            if sees and registry.may_see(user, one.type)
        ],
        "copies": [(one, _state_of(one)) for one in run.copies.all()],
    }


def _state_of(copy: Copy) -> str:
    """What became of its message: handed over is what counts as delivered by us."""
    if copy.message is None:
        return badge(_("Not sent"), "danger" if copy.error else "", "block")
    state = MessageState(copy.message.state)
    return badge(state.label, *MESSAGE_LOOKS[state])
