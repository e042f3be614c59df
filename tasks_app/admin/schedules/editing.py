"""One edit of a schedule: what it would be, whether somebody else was there first, and saving it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.models import ADDITION
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.admin.schedules.access import may_handle, stored_arguments
from tasks_app.admin.schedules.form import ScheduleForm
from tasks_app.admin.schedules.policies import give_policy, save_policy
from tasks_app.admin.schedules.rules import save_rule
from tasks_app.audit.changes import UNCHANGED, of_fields
from tasks_app.catalogue import Launchable
from tasks_app.db import shared_time
from tasks_app.db.bad_rows import or_none, row_by_row
from tasks_app.models import Made, ScheduleOptions, ScheduleVersion
from tasks_app.models.schedule_version import WHY_LENGTH
from tasks_app.notices import in_each_language
from tasks_app.schedules.comparing.sharing import sharing
from tasks_app.schedules.job_of_schedule import InvalidSchedule, headers_of
from tasks_app.schedules.owners import give_to
from tasks_app.schedules.planning import BEATS_COLUMNS, plan, with_rhythms
from tasks_app.schedules.rhythm import rule_of, words
from tasks_app.schedules.timings import save_timings
from tasks_app.schedules.versions.definition import Definition, definition_now, digest_of, kept_fields
from tasks_app.schedules.versions.recording import Stamp, record
from tasks_app.schedules.versions.wording import Change, changes

TOKEN = "version"  # noqa: S105 - what was shown, by its digest
WHY = "why"
SCOPE, ALL = "scope", "all"


class ChangedMeanwhile(Exception):
    """Somebody else saved the schedule since it was shown."""


class DeletedMeanwhile(Exception):
    """Somebody else deleted it since."""


@dataclass
class Edit:
    """The forms are valid, and the schedule has their values, unsaved. `before`: as its rows are."""

    request: HttpRequest
    schedule: PeriodicTask
    one: Launchable
    form: ScheduleForm
    job_form: forms.Form
    before: Definition | None = None

    def __post_init__(self) -> None:
        """The schedule has the form's values already; here it gets those of the job's own form."""
        self.is_new = self.schedule.pk is None
        schedule, one = self.schedule, self.one
        arguments = one.arguments(self.job_form)
        schedule.kwargs = json.dumps(arguments | kept_secrets(schedule, one, arguments))
        schedule.task, schedule.args = one.kind.name, "[]"
        give_policy(schedule, self.form.cleaned_data)
        try:
            headers_of(schedule)
        except InvalidSchedule:  # they are no field of the form, which nobody else mends
            schedule.headers = "{}"

    @property
    def after(self) -> Definition:
        options = getattr(self.schedule, "options", None) if not self.is_new else None
        found = definition_now(self.schedule, options)
        return found | {"after_downtime": self.form.cleaned_data["after_downtime"]}

    @property
    def stamp(self) -> Stamp:
        why = self.request.POST.get(WHY, "").replace("\x00", "").strip()[:WHY_LENGTH]
        return Stamp(Made.EDITED, self.request.user, why)

    def save(self) -> None:
        """The rows, the plan, the version and the log, together. Raises ChangedMeanwhile."""
        schedule, now = self.schedule, shared_time.now()
        with transaction.atomic():
            self._check_still_as_shown()
            if not self.is_new:
                plan(schedule, now)  # what it was until now is a version, made by whoever made it
            others = self._others()
            save_timings(schedule)
            schedule.save()
            if self.is_new:
                give_to(schedule, self.request.user)
            save_rule(schedule)
            save_policy(schedule)
            plan(schedule, now, self.stamp)
            self._set_options(now)
            for other in others:
                self._give_timing(other, now)
            self._log()

    def _check_still_as_shown(self) -> None:
        """Under the lock that whoever saves it takes."""
        if self.is_new:
            return
        pk = self.schedule.pk
        if not PeriodicTask.objects.select_for_update().filter(pk=pk).values_list("pk").first():
            raise DeletedMeanwhile
        now = current(pk)
        if None not in (now, self.before) and now != self.before:
            raise ChangedMeanwhile

    def _others(self) -> list[PeriodicTask]:
        """Those with the same timing that are to be changed too, as far as they are this person's."""
        if self.is_new or self.request.POST.get(SCOPE) != ALL:
            return []
        there = with_rhythms(PeriodicTask.objects.all()).get(pk=self.schedule.pk)
        return [other for other in sharing(there) if may_handle(self.request.user, other)]

    def _give_timing(self, other: PeriodicTask, now: Any) -> None:
        for column in BEATS_COLUMNS:
            setattr(other, column, getattr(self.schedule, column))
        mine = rule_of(self.schedule)
        if mine is None:
            PeriodicTask._meta.get_field("rule").set_cached_value(other, None)
        else:
            its = rule_of(other) or type(mine)()
            for field in kept_fields(type(mine)):
                setattr(its, field.name, getattr(mine, field.name))
            other.rule = its
        other.one_off = other.one_off or other.clocked is not None
        # Whatever else is wrong with it stays its own.
        other.save(update_fields=[*BEATS_COLUMNS, "one_off", "date_changed"])
        save_rule(other)
        plan(other, now, self.stamp)
        rhythm = in_each_language(lambda: words(other))
        log_action(self.request, other, audit_log.SCHEDULE_EDITED(fields=[UNCHANGED()], rhythm=rhythm))

    def _set_options(self, now: Any) -> None:
        options = ScheduleOptions.objects.get(pk=self.schedule.pk)
        options.schedule = self.schedule
        options.after_downtime = self.form.cleaned_data["after_downtime"]
        record([options], now, self.stamp)
        options.save(update_fields=["after_downtime", "version"])

    def _log(self) -> None:
        changed = [*of_fields(self.form), *of_fields(self.job_form, self.one.kind.secret)] or [UNCHANGED()]
        rhythm = in_each_language(lambda: words(self.schedule))
        if self.is_new:
            log_action(self.request, self.schedule, audit_log.SCHEDULE_ADDED(rhythm=rhythm), ADDITION)
        else:
            said = audit_log.SCHEDULE_EDITED(fields=changed, rhythm=rhythm)
            log_action(self.request, self.schedule, said)


# --- Somebody else was there first ---------------------------------------------------------------


def current(pk: int) -> Definition | None:
    """A schedule as its rows are now; None where they cannot be read."""
    rows = with_rhythms(PeriodicTask.objects.filter(pk=pk).select_related("options"))
    there = next(iter(row_by_row(rows)), None)
    return or_none(lambda: definition_of_row(there)) if there else None


def definition_of_row(schedule: PeriodicTask) -> Definition:
    return definition_now(schedule, getattr(schedule, "options", None))


def token_of(definition: Definition | None) -> str:
    return digest_of(definition) if definition else ""


def changed_meanwhile(request: HttpRequest, now: Definition | None) -> bool:
    """Whether the form was shown for another state than the schedule's."""
    shown = request.POST.get(TOKEN, "")
    return bool(shown and now and shown != token_of(now))


def conflict_of(request: HttpRequest, pk: int, now: Definition, mine: Definition) -> dict[str, Any]:
    """Both changes side by side, and whose the other is."""
    versions = ScheduleVersion.objects.filter(schedule=pk).select_related("by")
    base = versions.filter(digest=request.POST.get(TOKEN, "")).order_by("-number").first()
    last = versions.filter(digest=token_of(now)).order_by("-number").first()
    was = base.definition if base else now
    theirs = {change.label: change for change in changes(was, now)}
    yours = {change.label: change for change in changes(was, mine)}
    return {
        "by": last.by if last else None,
        "at": last.at if last else None,
        "rows": [_row(label, theirs.get(label), yours.get(label)) for label in {**theirs, **yours}],
    }


def _row(label: str, theirs: Change | None, yours: Change | None) -> dict[str, str]:
    before = (theirs or yours or Change(label, "", "")).before
    same = _("as it was")
    return {
        "label": label,
        "before": before,
        "theirs": theirs.after if theirs else same,
        "yours": yours.after if yours else same,
    }


# --- Secrets -------------------------------------------------------------------------------------


def secrets_stay(schedule: PeriodicTask, one: Launchable, job_form: forms.Form) -> bool:
    """Whether secrets that are left empty stay with the very call they were given for.

    Where another argument changed the form asks for them anew: whoever may edit a schedule could else have
    its password sent to a host of their own.
    """
    arguments = one.arguments(job_form)
    kept = kept_secrets(schedule, one, arguments)
    if kept and _open(one, stored_arguments(schedule)[0]) != _open(one, arguments):
        for name in kept:
            job_form.add_error(name, _("Other arguments changed: write this secret once more."))
    return job_form.is_valid()


def _open(one: Launchable, arguments: dict[str, Any]) -> dict[str, Any]:
    """Those that are no secret, as they are stored."""
    shown = {name: value for name, value in arguments.items() if name not in one.kind.secret}
    return dict(json.loads(json.dumps(shown)))


def kept_secrets(schedule: PeriodicTask, one: Launchable, arguments: dict[str, Any]) -> dict[str, Any]:
    """A secret is never shown; left empty, it stays what it was, for the same job."""
    stored = stored_arguments(schedule)[0] if schedule.task == one.kind.name else {}
    return {name: stored[name] for name in one.kind.secret if stored.get(name) and not arguments.get(name)}
