"""The addresses under which a person's calendar reads the runs to come: given, shown once, taken back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.schedules.access import VIEW
from tasks_app.admin.schedules.form_page import page
from tasks_app.db import shared_time
from tasks_app.display import moment
from tasks_app.models import CalendarFeed
from tasks_app.schedules.timeline import tokens

GIVEN = "_calendar_feed"  # of a session: the address that is shown once
LIST = "admin:django_celery_beat_periodictask_feeds"


@never_cache
def feeds(request: HttpRequest) -> HttpResponse:
    """This person's own, and the new address where one was just given."""
    require(request, VIEW)
    given = request.session.pop(GIVEN, "")
    mine = CalendarFeed.objects.filter(user=request.user.pk).order_by("pk")
    context = {
        "title": _("Schedules in your calendar"),
        "given": given,
        "feeds": list(mine),
        "may_give": mine.count() < tokens.MOST_FEEDS,
        "most": tokens.MOST_FEEDS,
    }
    return page(request, "tasks_app/schedule_feeds.html", context)


def give(request: HttpRequest) -> HttpResponse:
    require(request, VIEW)
    dialog = Dialog(
        title=_("Make an address for your calendar?"),
        text=_(
            "Whoever has the address reads names and times of the schedules that you may see, and signs in "
            "nowhere. It is shown once; take it back when it got into the wrong hands."
        ),
        submit=_("Make an address"),
    )
    back = reverse(LIST)
    if not confirmed(request, dialog):
        return ask(request, dialog, back=back)
    user: Any = request.user
    if CalendarFeed.objects.filter(user=user).count() >= tokens.MOST_FEEDS:
        messages.error(request, _("You have as many as one may have: take one back first."))
        return done(request, back)
    with transaction.atomic():
        token = tokens.give(user, shared_time.now())
        log_action(request, user, audit_log.FEED_GIVEN())
    request.session[GIVEN] = urljoin(settings.SITE_URL, reverse("schedule_feed", args=[token]))
    return done(request, back)


def take_back(request: HttpRequest, feed_id: int) -> HttpResponse:
    require(request, VIEW)
    user: Any = request.user
    feed = CalendarFeed.objects.filter(user=user, pk=feed_id).first()
    if feed is None:
        raise Http404
    dialog = Dialog(
        title=_("Take this address back?"),
        text=_("Calendars that read it are refused from now on."),
        items=[_("Made %(moment)s") % {"moment": moment(feed.made_at)}],
        submit=_("Take it back"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=reverse(LIST))
    with transaction.atomic():
        if tokens.take_back(user, feed.pk):
            log_action(request, user, audit_log.FEED_TAKEN_BACK())
    messages.success(request, _("The address was taken back."))
    return done(request, reverse(LIST))
