"""Who a schedule belongs to and who follows it: handed over, followed and left in dialogs."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.schedules.access import CHANGE, VIEW, change_url, find_to_handle, schedule_of
from tasks_app.db import shared_time
from tasks_app.display import labelled, who
from tasks_app.models import ScheduleFollower
from tasks_app.schedules.owners import give_to, give_to_the_system, may_launch, owner_of
from tasks_app.schedules.rhythm import words


class HandOverForm(forms.Form):
    owner = forms.CharField(
        label=gettext_lazy("To whom"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("By user name or address: somebody who may launch its job."),
    )
    is_system = forms.BooleanField(
        label=gettext_lazy("To the system: it needs nobody"),
        required=False,
        help_text=gettext_lazy("Of upkeep that belongs to the installation. Nobody's rights are asked then."),
    )

    def __init__(self, data: Any = None, *, schedule: PeriodicTask, by: Any) -> None:
        self.schedule = schedule
        super().__init__(data)
        if not by.is_superuser:
            del self.fields["is_system"]
            self.fields["owner"].required = True

    def clean_owner(self) -> Any:
        given = self.cleaned_data["owner"].strip()
        if not given:
            return None
        people = get_user_model().objects.filter(is_active=True, is_staff=True)
        found = list(people.filter(username=given)[:1] or people.filter(email__iexact=given)[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("Nobody with this name or address can sign in: see Users."))
        if not may_launch(found[0], self.schedule):
            raise forms.ValidationError(
                _("%(person)s may not launch its job, so it would not run: choose somebody who may.")
                % {"person": who(found[0])}
            )
        return found[0]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not self.errors and bool(given.get("owner")) == bool(given.get("is_system")):
            raise forms.ValidationError(_("Say to whom, or that it is the system's: one of the two."))
        return given


def hand_over(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, CHANGE)
    schedule = find_to_handle(request, object_id)
    form = HandOverForm(
        request.POST if request.method == "POST" else None, schedule=schedule, by=request.user
    )
    dress(form)
    dialog = Dialog(
        title=_("Hand this schedule over?"),
        text=_("It runs with its owner's rights, which are asked each time; and they are told of it."),
        items=[labelled(schedule.name, owner_in_words(schedule))],
        form=form,
        submit=_("Hand over"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=change_url(schedule))
    owner = form.cleaned_data["owner"]
    with transaction.atomic():
        if owner:
            give_to(schedule, owner)
            log_action(request, schedule, audit_log.HANDED_OVER(owner=who(owner)))
        else:
            give_to_the_system(schedule)
            log_action(request, schedule, audit_log.GIVEN_TO_THE_SYSTEM())
    messages.success(request, _("The schedule was handed over."))
    return done(request, change_url(schedule))


def follow(request: HttpRequest, object_id: str) -> HttpResponse:
    """Follow it, or no longer: the dialog says which, and its answer carries it."""
    require(request, VIEW)
    schedule, user = schedule_of(object_id), cast("Any", request.user)
    mine = ScheduleFollower.objects.filter(schedule=schedule, user=user)
    begin = request.POST.get("begin", str(not mine.exists())) == "True"
    dialog = Dialog(
        title=_("Follow this schedule?") if begin else _("Follow it no longer?"),
        text=_(
            "You get one mail when it is late, missed, failing or short of its promise, and one when it is "
            "well again."
        )
        if begin
        else _("You are told no more of what becomes of it."),
        items=[labelled(schedule.name, words(schedule))],
        submit=_("Follow") if begin else _("Follow no longer"),
        hidden=[("begin", str(begin))],
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=change_url(schedule))
    with transaction.atomic():
        if begin:
            given = {"since": shared_time.now()}
            _row, changed = ScheduleFollower.objects.get_or_create(
                schedule=schedule, user=user, defaults=given
            )
        else:
            changed = bool(mine.delete()[0])
        if changed:
            log_action(request, schedule, audit_log.FOLLOWED() if begin else audit_log.LEFT())
    messages.success(request, _told(user) if begin else _("You follow it no longer."))
    return done(request, change_url(schedule))


def _told(user: Any) -> str:
    if user.email:
        return _("You follow it: mails go to %(address)s.") % {"address": user.email}
    return _("You follow it, but your account has no address to write to: ask an administrator.")


def owner_in_words(schedule: PeriodicTask) -> str:
    """Of whom it is, and what follows where that is nobody."""
    owned = owner_of(schedule)
    if owned is None:
        return _("belongs to nobody: hand it over to somebody who answers for it")
    if owned.is_system:
        return _("belongs to the system, which needs no owner")
    if owned.owner is None or not owned.owner.is_active:
        return _("belongs to somebody who left: it does not run until it is handed over")
    return _("belongs to %(person)s") % {"person": who(owned.owner)}


def about_people(request: HttpRequest, schedule: PeriodicTask) -> dict[str, Any]:
    """Owner and followers, for the schedule's page."""
    followers = list(ScheduleFollower.objects.filter(schedule=schedule).select_related("user").order_by("pk"))
    owned = owner_of(schedule)
    return {
        "owner_words": owner_in_words(schedule),
        "is_followed": any(one.user_id == request.user.pk for one in followers),
        "followers": [who(one.user) for one in followers[:FOLLOWERS_SHOWN]],
        "followers_more": max(len(followers) - FOLLOWERS_SHOWN, 0),
        "withheld": owned is not None
        and not owned.is_system
        and not (owned.owner and may_launch(owned.owner, schedule)),
    }


FOLLOWERS_SHOWN = 10
