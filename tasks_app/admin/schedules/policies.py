"""The policy of a schedule as a person fills it in, a field for each sentence; and the row made of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask

from tasks_app.db.bad_rows import or_none
from tasks_app.db.text import storable_text
from tasks_app.models import IfRunning, ScheduleGroup, SchedulePolicy
from tasks_app.models.policy import MOST_FAILURES, MOST_MINUTES, MOST_RETRIES
from tasks_app.schedules.job_of_schedule import policy_of
from tasks_app.schedules.versions.unsaved import group_of

NUMBERS = ("most_failures", "retries", "late_after", "too_long_after")
FIELDS = ("if_running", "group", *NUMBERS)
POLICY: Any = PeriodicTask._meta.get_field("policy")


def number_field(label: Any, least: int, most: int, help_text: Any) -> forms.IntegerField:
    bounds = [MinValueValidator(least), MaxValueValidator(most)]
    return forms.IntegerField(label=label, required=False, help_text=help_text, validators=bounds)


class PolicyFields(forms.Form):
    if_running = forms.ChoiceField(
        label=_("If the last run is still going"),
        required=False,
        choices=IfRunning.choices,
        help_text=_(
            "Stopped by force are only kinds of jobs to which that does no harm; others are asked to stop, "
            "and the next run waits until they did."
        ),
    )
    group = forms.CharField(
        label=_("Only one at a time of the group"),
        required=False,
        max_length=100,
        help_text=_(
            "A name of your choice: of all schedules that have the same one here, one runs at a time."
        ),
    )
    most_failures = number_field(
        _("Pause it after so many failures in a row"), 1, MOST_FAILURES, _("Left empty, it goes on.")
    )
    retries = number_field(
        _("Try a run that fails again so many times"),
        0,
        MOST_RETRIES,
        _("Left empty, as often as its kind of job does."),
    )
    late_after = number_field(
        _("Late when it starts so many minutes after its time"), 1, MOST_MINUTES, _("Left empty, one minute.")
    )
    too_long_after = number_field(
        _("Too long when it runs for so many minutes"),
        1,
        MOST_MINUTES,
        _("Left empty, it may run as it likes."),
    )

    def clean_group(self) -> str:
        return storable_text(" ".join(self.cleaned_data["group"].split()))


def policy_values(schedule: PeriodicTask) -> dict[str, Any]:
    """The form's values for an existing schedule."""
    policy = or_none(lambda: policy_of(schedule))
    if policy is None:
        return {}
    values = {name: getattr(policy, name) for name in ("if_running", *NUMBERS)}
    return values | {"group": policy.group.name if policy.group else ""}


def give_policy(schedule: PeriodicTask, given: dict[str, Any]) -> None:
    """The schedule's policy as it was filled in, unsaved; none that says nothing, unless it has one."""
    values = {name: given.get(name) or None for name in NUMBERS} | {
        "if_running": given.get("if_running") or ""
    }
    values["retries"] = given.get("retries")  # none at all is a number too
    values["group"] = group_of(given.get("group"))
    policy = SchedulePolicy.objects.filter(pk=schedule.pk).first() if schedule.pk else None
    says_nothing = all(value in (None, "") for value in values.values())
    if policy is None and says_nothing:
        POLICY.set_cached_value(schedule, None)
        return
    policy = policy or SchedulePolicy(schedule=schedule)
    for column, value in values.items():
        setattr(policy, column, value)
    POLICY.set_cached_value(schedule, policy)


def save_policy(schedule: PeriodicTask) -> None:
    """The policy that it was given, in the transaction that saves the schedule."""
    policy = policy_of(schedule)
    if policy is None:
        return
    if policy.group is not None and policy.group._state.adding:
        policy.group = ScheduleGroup.objects.get_or_create(name=policy.group.name)[0]
    policy.schedule = schedule
    policy.save()
