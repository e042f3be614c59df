"""A new subscription, or one that is changed: its rows, its schedule and the log of the edit, together."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from backoffice.admin import audited
from backoffice.admin.subscriptions.access import LIST, find_to_handle, kind_of, page_of
from backoffice.admin.subscriptions.forms import SubscriptionForm, initial_of, parameters_of, report_form
from backoffice.admin.subscriptions.rhythm import RhythmForm
from backoffice.admin.viewer import viewer
from backoffice.models import OutsideReader, Reader, Subscription
from backoffice.reports import registry
from backoffice.reports.base import ReportType
from backoffice.reports.errors import CannotOrder
from backoffice.subscriptions.owners import SUBSCRIBE
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import require
from tasks_app.admin.dressing import dress
from tasks_app.admin.schedules.rules import save_rule
from tasks_app.db import shared_time
from tasks_app.notices import in_each_language
from tasks_app.schedules.owners import give_to_the_system
from tasks_app.schedules.planning import plan
from tasks_app.schedules.rhythm import words
from tasks_app.schedules.timings import save_timings
from tasks_app.subscription_tasks import DELIVER

ORDER = "backoffice.order_report"


def add(request: HttpRequest) -> HttpResponse:
    """First the report is chosen, then who gets it and when."""
    require(request, SUBSCRIBE, ORDER)
    slug = request.GET.get("report", "")
    if not slug:
        context = {
            "title": _("New subscription: which report?"),
            "kinds": registry.orderable_types(request.user),
        }
        return _page(request, "choose.html", context)
    kind = _visible_kind(request, slug)
    subscription = Subscription(type=kind.slug, owner=viewer(request), name=str(kind.title))
    title = _("New subscription: %(report)s") % {"report": kind.title}
    return _form(request, subscription, kind, title)


def edit(request: HttpRequest, object_id: str) -> HttpResponse:
    subscription = find_to_handle(request, object_id)
    kind = kind_of(subscription)
    if kind is None or subscription.schedule is None:
        messages.error(
            request, _("It cannot be changed: its report or its schedule does not exist any more.")
        )
        return redirect(page_of(subscription))
    if not kind.may_order(viewer(request)):
        raise PermissionDenied
    return _form(request, subscription, kind, subscription.name)


def _visible_kind(request: HttpRequest, slug: str) -> ReportType:
    """Raises Http404 for a report that there is not, PermissionDenied for one that they may not order."""
    try:
        kind = registry.find(slug)
    except CannotOrder:
        raise Http404 from None
    if not kind.may_order(viewer(request)):
        raise PermissionDenied
    return kind


def _form(request: HttpRequest, subscription: Subscription, kind: ReportType, title: str) -> HttpResponse:
    is_new = subscription.pk is None
    data = request.POST if request.method == "POST" else None
    # An address outside is written to by its owner's right, whoever edits.
    owner = subscription.owner or viewer(request)
    initial: dict[str, Any] = {"name": subscription.name} if is_new else initial_of(subscription)
    if is_new:
        initial["readers"] = [owner.pk]
    about = SubscriptionForm(kind, owner, data, initial=initial)
    report = report_form(kind, data, subscription.parameters or None)
    rhythm = RhythmForm(data, schedule=subscription.schedule, prefix="rhythm")
    # All three, so that each says what is wrong with it.
    if data is not None and all([about.is_valid(), report.is_valid(), rhythm.is_valid()]):
        _save(request, subscription, about, parameters_of(report), rhythm)
        messages.success(request, _("You are subscribed.") if is_new else _("The subscription was changed."))
        return redirect(page_of(subscription))
    forms = [dress(about), dress(report), dress(rhythm)]
    for form in forms[1:]:
        for field in form.fields.values():
            field.widget.attrs.pop("autofocus", None)
    context = {
        "title": title,
        "about_form": about,
        "report_form": report,
        "rhythm_form": rhythm,
        "kind": kind,
        "is_new": is_new,
        "media": about.media + report.media + rhythm.media,
        "back": reverse(LIST) if is_new else page_of(subscription),
    }
    return _page(request, "form.html", context)


def _save(
    request: HttpRequest,
    subscription: Subscription,
    about: SubscriptionForm,
    parameters: dict[str, Any],
    rhythm: RhythmForm,
) -> None:
    given, is_new = about.cleaned_data, subscription.pk is None
    with transaction.atomic():
        subscription.name, subscription.formats = given["name"], given["formats"]
        subscription.parameters, subscription.form = parameters, given["form"]
        subscription.skip_empty = given["skip_empty"]
        subscription.save()
        save_schedule(subscription, rhythm)
        subscription.save(update_fields=["schedule"])
        _save_readers(subscription, about)
        schedule = subscription.schedule
        said = in_each_language(lambda: words(schedule)) if schedule else ""
        what = audited.SUBSCRIBED if is_new else audited.SUBSCRIPTION_CHANGED
        readers = ", ".join(
            map(str, subscription.readers.filter(stopped_at=None).select_related("user", "outside"))
        )
        done = what(rhythm=said, readers=readers)
        if is_new:
            log_action(request, subscription, done, ADDITION)
        else:
            log_action(request, subscription, done)


def save_schedule(subscription: Subscription, rhythm: RhythmForm) -> None:
    """Its schedule by a valid form; the subscription itself is the caller's to save."""
    schedule = subscription.schedule or PeriodicTask(task=DELIVER, args="[]", enabled=True)
    rhythm.give(schedule)
    save_timings(schedule)
    schedule.name = f"{subscription.name} (#{subscription.pk})"
    schedule.kwargs = json.dumps({"subscription": subscription.pk})
    schedule.save()
    # Whose it is, the subscription says: who may order the report need not be able to launch its job.
    give_to_the_system(schedule)
    save_rule(schedule)
    plan(schedule, shared_time.now())
    subscription.schedule = schedule


def _save_readers(subscription: Subscription, about: SubscriptionForm) -> None:
    """Those of the form go on, or begin; others are taken off the list."""
    people, addresses = set(about.cleaned_data["readers"]), about.cleaned_data.get("outside")
    others = subscription.readers.filter(user__isnull=False).exclude(user__in=people)
    others.delete()
    for user in people:
        _begin(subscription, user=user)
    if addresses is None:  # not asked for: they stay as they are
        return
    subscription.readers.filter(outside__isnull=False).exclude(outside__address__in=addresses).delete()
    for address in addresses:
        outside, _made = OutsideReader.objects.get_or_create(type=subscription.type, address=address)
        _begin(subscription, outside=outside)


def _begin(subscription: Subscription, **who: Any) -> None:
    anew = {"stopped_at": None, "stopped_because": "", "cause": None, "cause_params": None}
    Reader.objects.update_or_create(subscription=subscription, **who, defaults=anew)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    context = admin.site.each_context(request) | {"opts": Subscription._meta} | context
    return TemplateResponse(request, f"backoffice/subscriptions/{template}", context)
