"""Between the form and saving: what the change would do to the runs of 90 days and of a year to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.dressing import dress
from tasks_app.admin.schedules.access import change_url, may_handle
from tasks_app.admin.schedules.editing import SCOPE, WHY, Edit
from tasks_app.admin.schedules.form_page import page, without_focus
from tasks_app.db.bad_rows import is_of_one_row
from tasks_app.models.schedule_version import WHY_LENGTH
from tasks_app.schedules.comparing.collisions import QueueLoad, load_of
from tasks_app.schedules.comparing.comparison import ChangedDay, Comparison, compare
from tasks_app.schedules.comparing.sharing import sharing
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.rhythm import InvalidRhythm, Rhythm, rhythm_of
from tasks_app.schedules.rhythm.preview import zone_of
from tasks_app.schedules.versions.definition import Definition
from tasks_app.schedules.versions.unsaved import UnreadableDefinition, unsaved
from tasks_app.schedules.versions.wording import changes

LOOK = "look"  # the form asks for this page; without it, it is saved at once
DECIDING = ("timing", "enabled", "start_time", "expires", "one_off", "rule")
ONE_SECOND = timedelta(seconds=1)


class WhyForm(forms.Form):
    why = forms.CharField(required=False, max_length=WHY_LENGTH, widget=forms.TextInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["why"].label = _("Why (optional)")
        self.fields["why"].help_text = _("It stands in the history of the schedule.")


@dataclass(frozen=True)
class Difference:
    """What a page shows of one definition in another's place."""

    comparison: Comparison | None
    load: QueueLoad | None
    days: list[dict[str, Any]]
    problem: str = ""  # why nothing can be compared
    is_off: bool = False  # before and after: compared as if it were on


def is_to_be_reviewed(edit: Edit) -> bool:
    """Where the form asks for it, and runs would differ."""
    if LOOK not in edit.request.POST or edit.before is None:
        return False
    return any(edit.before.get(name) != edit.after.get(name) for name in DECIDING)


def review_page(edit: Edit, context: dict[str, Any]) -> HttpResponse:
    before, after = edit.before or {}, edit.after
    secrets = [name for name in edit.one.kind.secret if edit.request.POST.get(name)]
    context |= {
        "title": _("What the change does"),
        "changes": changes(before, after),
        "difference": difference(before, after, edit.schedule.pk),
        "hidden": list(_sent_again(edit.request, secrets)),
        "secret_fields": [dress(edit.job_form)[name] for name in secrets],
        "why_form": without_focus(dress(WhyForm())),
        "scope": SCOPE,
        **_shared(edit, before, after),
        "back": change_url(edit.schedule),
    }
    return page(edit.request, "tasks_app/schedule_review.html", context)


def difference(before: Definition, after: Definition, pk: int | None) -> Difference:
    """Of two definitions of the schedule with this key; an empty one has no runs."""
    now = timezone.now()
    is_off = not (before.get("enabled") or after.get("enabled"))
    if is_off:
        before, after = ({**one, "enabled": True} if one else one for one in (before, after))
    try:
        old, new = (_rhythm(definition, now) for definition in (before, after))
        schedule = unsaved(after or before)
        schedule.pk = pk  # it is no other schedule of its queue
        zone = zone_of(schedule)
        found = compare(old, new, now, zone)
        load = load_of(schedule, old, new, now, zone)
    except (InvalidRhythm, UnreadableDefinition) as error:
        return Difference(None, None, [], str(error.notice))
    except Exception as error:
        if not is_of_one_row(error):
            raise
        return Difference(None, None, [], _("The two cannot be compared run by run."))
    return Difference(found, load, [_shown_day(day, zone) for day in found.days], is_off=is_off)


def _rhythm(definition: Definition, now: datetime) -> Rhythm | None:
    """When it would run; None of one that is off."""
    if not definition or not definition["enabled"]:
        return None
    schedule = unsaved(definition)
    anchor = schedule.start_time or parse_datetime(definition.get("anchor") or "") or now
    rhythm = rhythm_of(schedule, anchor)
    if not schedule.one_off:
        return rhythm
    first = rhythm.after(now)  # the only one: it is off after that
    end = first + ONE_SECOND if first else now
    return replace(rhythm, start=max(now, rhythm.start or now), end=end)


def _shown_day(day: ChangedDay, zone: Any) -> dict[str, Any]:
    return {
        "day": date_format(day.day, _("D j M Y")),
        "gone": [_time(moment, day, zone) for moment in day.gone],
        "gone_more": max(day.counts.lost + day.counts.moved - len(day.gone), 0),
        "new": [_time(moment, day, zone) for moment in day.new],
        "new_more": max(day.counts.added + day.counts.moved - len(day.new), 0),
    }


def _time(moment: datetime, day: ChangedDay, zone: Any) -> str:
    """With its day where that is another: moved from a day off."""
    local = moment.astimezone(zone)
    clock = date_format(local, "H:i:s" if local.second else "H:i")
    return clock if local.date() == day.day else f"{date_format(local, _('D j M'))}, {clock}"


def _shared(edit: Edit, before: Definition, after: Definition) -> dict[str, Any]:
    """Who else runs by the same row of beat's, where that would be another one now."""
    if before.get("timing") == after.get("timing") and before.get("rule") == after.get("rule"):
        return {"shared": [], "not_theirs": []}
    there = with_rhythms(PeriodicTask.objects.all()).get(pk=edit.schedule.pk)
    others = sharing(there)
    theirs = [other for other in others if may_handle(edit.request.user, other)]
    return {
        "shared": [other.name for other in theirs],
        "not_theirs": [other.name for other in others if other not in theirs],
    }


def _sent_again(request: HttpRequest, secrets: list[str]) -> Iterator[tuple[str, str]]:
    """What the form said, for the answer to say it once more; a secret is in no page."""
    left_out = {LOOK, WHY, SCOPE, "csrfmiddlewaretoken", *secrets}
    for name, values in request.POST.lists():
        if name not in left_out:
            yield from ((name, str(value)) for value in values)
