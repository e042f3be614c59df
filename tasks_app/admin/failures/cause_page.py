"""The page of one cause: why, how often, whom it touches, what was decided, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tasks_app.admin.batches.new import RIGHTS
from tasks_app.admin.dialogs import require
from tasks_app.admin.failures import decisions, saying
from tasks_app.admin.failures.charts import Chart, chart
from tasks_app.admin.jobs.mending import Mend, helps_many, mended_together, mends_of
from tasks_app.admin.selection import grouped
from tasks_app.catalogue import label_of
from tasks_app.display import SENTENCE_END, Text, badge, brief, labelled, who
from tasks_app.failures import keys, spans
from tasks_app.failures.figures import Figures, Look, figures_of, look
from tasks_app.failures.keys import from_address, jobs_of, key_of_group
from tasks_app.models import FailureDecision, FailureGroup, FailureStatus, FailureTouch, Job
from tasks_app.subject import listed

JOBS = 10  # shown, the latest
DECISIONS = 20


@dataclass(frozen=True)
class Button:
    label: Text
    url: str
    icon: str
    variant: str = "default"
    dialog: bool = True


@dataclass(frozen=True)
class Figure:
    """A number and the list behind it."""

    title: Text
    shown: str
    url: str = ""
    note: str = ""


def by_address(request: HttpRequest) -> HttpResponse:
    """By kind and cause, as an address says them that a colleague was sent."""
    require(request, decisions.VIEW)
    key = from_address(request.GET.get("kind", ""), request.GET.get("cause", ""))
    seen = look(also=[key])
    return _page(request, seen.groups.get(key), seen)


def by_number(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, decisions.VIEW)
    pk = decisions.number(object_id)
    seen = look(pk=pk)
    return _page(request, next((one for one in seen.groups.values() if one.pk == pk), None), seen)


def _page(request: HttpRequest, group: FailureGroup | None, seen: Look) -> HttpResponse:
    if group is None:
        raise Http404
    context = admin.site.each_context(request) | _shown(request, group, seen)
    return TemplateResponse(request, "tasks_app/failures/cause.html", context)


def _shown(request: HttpRequest, group: FailureGroup, seen: Look) -> dict[str, Any]:
    key = key_of_group(group)
    windows = [spans.hour(seen.now), spans.day(seen.now), spans.days(seen.now, 14)]
    figures = figures_of([group], seen, [*windows, spans.week(seen.now)])[group.pk]
    jobs = _latest(group)
    mends = helps_many(request, group, jobs) if figures.need_somebody else []
    return {
        "opts": FailureGroup._meta,  # the way back to the list
        "title": labelled(label_of(group.kind), SENTENCE_END.split(keys.why(key), maxsplit=1)[0]),
        "group": group,
        "seen": seen,
        "why": keys.why(key),
        "kind": label_of(group.kind),
        "kind_name": group.kind,
        "cause": key.address,
        "advice": keys.advice(key),
        "said_of_old": keys.said_of_old(key),
        "status": saying.status_badge(group, seen.now),
        "status_note": saying.status_note(group, seen.now),
        "disproof": reverse("admin:tasks_app_job_change", args=[quote(group.disproved_by)])
        if group.disproved_by
        else "",
        "figures": _figures(group, figures, seen),
        "failing": figures,
        "charts": _charts(group, figures, windows),
        "jobs": jobs,
        "jobs_url": saying.jobs_of(group),
        "history": [_step(one) for one in _history(group)],
        "people": _touched(group, FailureTouch.Sort.PERSON, group.people),
        "schedules": _touched(group, FailureTouch.Sort.SCHEDULE, group.schedules),
        "said_of_mending": _said_of_mending(group, figures, mends),
        "buttons": _in_order(request, group, figures, mends),
        "address": request.build_absolute_uri(saying.address(group)),
    }


def _latest(group: FailureGroup) -> list[Job]:
    rows = listed(Job.objects.all())
    if mended_together(group):  # their arguments say by what
        rows = rows.defer(None).defer("message")
    return list(rows.filter(jobs_of(key_of_group(group))).order_by("-ended_at", "-id")[:JOBS])


def _figures(group: FailureGroup, figures: Figures, seen: Look) -> list[Figure]:
    week = spans.week(seen.now)
    removed = _("%(count)s more were removed since, by the retention.") % {"count": grouped(group.removed)}
    return [
        Figure(_("Failed"), grouped(figures.failed), saying.jobs_of(group), removed if group.removed else ""),
        Figure(
            _("Repaired since"),
            grouped(figures.repaired),
            saying.jobs_of(group, repaired="yes"),
            _("A later run of the same work succeeded."),
        ),
        Figure(
            _("Need somebody"),
            grouped(figures.need_somebody),
            saying.jobs_of(group, repaired="no"),
            _("Failed and not repaired."),
        ),
        Figure(
            _("In the last 7 days"),
            grouped(figures.within(week)),
            saying.jobs_of(group, since=week.since),
        ),
    ]


def _charts(group: FailureGroup, figures: Figures, windows: list[spans.Window]) -> list[Chart]:
    hour, day, fortnight = windows
    return [
        chart(group, figures, hour, key="hour", title=_("The last hour"), of=_("Five minutes from")),
        chart(group, figures, day, key="day", title=_("The last 24 hours"), of=_("Hour")),
        chart(group, figures, fortnight, key="days", title=_("The last 14 days"), of=_("Day")),
    ]


def _is_mended(figures: Figures, mends: list[Mend]) -> datetime | None:
    """When a page that mends it was edited, where none of its jobs failed since."""
    edited = max((one.edited_at for one in mends if one.edited_at), default=None)
    return edited if edited and figures.last_at and edited > figures.last_at else None


def _said_of_mending(group: FailureGroup, figures: Figures, mends: list[Mend]) -> str:
    if edited := _is_mended(figures, mends):
        return _("Edited since the latest failure: %(moment)s.") % {"moment": brief(edited)}
    if figures.need_somebody and mends_of(group.cause):
        return _("Run again as they are, they would fail the same way: mend this first.")
    return ""


def _in_order(request: HttpRequest, group: FailureGroup, figures: Figures, mends: list[Mend]) -> list[Button]:
    """What helps stands first: where it is mended, and once it is, running again."""
    buttons, at = _buttons(request, group, figures, mends), 1 if _is_mended(figures, mends) else 0
    return [*buttons[:at], *_mending(mends, figures), *buttons[at:]]


def _mending(mends: list[Mend], figures: Figures) -> list[Button]:
    first = "default" if _is_mended(figures, mends) else "primary"
    return [
        Button(one.link.title, one.link.url, one.link.icon, "default" if at else first, dialog=False)
        for at, one in enumerate(mends)
    ]


def _buttons(request: HttpRequest, group: FailureGroup, figures: Figures, mends: list[Mend]) -> list[Button]:
    if not request.user.has_perms(decisions.MAY_DECIDE):
        return []
    buttons = []
    if figures.need_somebody:
        variant = "default" if mends and not _is_mended(figures, mends) else "primary"
        buttons.append(Button(_("Run again …"), _run_again(request, group), "replay", variant, dialog=False))
    routes = {
        FailureStatus.KNOWN: (decisions.KNOWN, "known"),
        FailureStatus.REPAIRED: (decisions.REPAIRED, "repaired"),
        FailureStatus.IGNORED: (decisions.IGNORED, "ignored"),
        FailureStatus.NEW: (decisions.OPEN, "open"),
    }
    for status, (verb, name) in routes.items():
        if status != group.status or status == FailureStatus.KNOWN:
            url = reverse(f"admin:tasks_app_failuregroup_{name}", args=[group.pk])
            buttons.append(Button(verb.label, url, verb.icon))
    return buttons


def _run_again(request: HttpRequest, group: FailureGroup) -> str:
    """Where all of it is run again at once, its effects weighed; for who may not, the list of what needs
    somebody."""
    if not request.user.has_perms(RIGHTS):
        return saying.jobs_of(group, repaired="no")
    return reverse(
        "admin:tasks_app_batch_new", query={"kind": group.kind, "cause": key_of_group(group).address}
    )


# --- What was decided ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    at: datetime
    by: Any
    badge: SafeString
    note: str
    said: str
    job_url: str = ""


def _history(group: FailureGroup) -> list[FailureDecision]:
    return list(group.decisions.select_related("by", "owner")[:DECISIONS]) if group.revision else []


def _step(one: FailureDecision) -> Step:
    variant, icon = saying.LOOKS[FailureStatus(one.status)]
    shown = badge(FailureStatus(one.status).label, variant, icon)
    if one.job_id:
        said = _("This run failed with it again.")
        return Step(
            one.at, None, shown, "", said, reverse("admin:tasks_app_job_change", args=[quote(one.job_id)])
        )
    words = []
    if one.owner:
        words.append(_("%(person)s looks after it.") % {"person": who(one.owner)})
    if one.until:
        words.append(_("Known until %(moment)s.") % {"moment": saying.moment_in_words(one.until)})
    if one.release:
        words.append(_("Repaired with release %(release)s.") % {"release": one.release})
    return Step(one.at, one.by, shown, one.note, " ".join(words))


def _touched(group: FailureGroup, sort: str, count: int) -> Figure:
    url = f"{reverse('admin:tasks_app_failuregroup_touched', args=[group.pk])}?sort={sort}"
    return Figure("", saying.count_of_touched(count), url if count else "")
