"""What a schedule does beside its rhythm, and why it is paused: a sentence each, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_celery_beat.models import PeriodicTask

from tasks_app.catalogue import kind_of
from tasks_app.models import AfterDowntime, Between, IfRunning, SchedulePause, SchedulePolicy
from tasks_app.schedules.job_of_schedule import policy_of
from tasks_app.schedules.policies.around import said_of_pause
from tasks_app.schedules.slot_rows import MOST_MISSED_RUNS


def sentences(schedule: PeriodicTask) -> list[str]:
    """All of its policy; what is as for every schedule is said where people ask for it."""
    options = getattr(schedule, "options", None)
    policy = policy_of(schedule) or SchedulePolicy()
    said = [_if_missed(options.after_downtime if options else AfterDowntime.ONCE)]
    said.append(_if_running(schedule, policy))
    if policy.group is not None:
        said.append(_("Of the group “%(group)s” one runs at a time.") % {"group": policy.group.name})
    return [*said, *_if_it_fails(policy), *_times(policy)]


def paused(pause: SchedulePause) -> str:
    """Why it is off, and what becomes of its times: "Paused until Monday: month-end closing. …"."""
    meanwhile = {
        Between.SKIP: _("Its times meanwhile are skipped."),
        Between.ONCE: _("Of its times meanwhile the last one runs when it ends."),
        Between.EACH: _("Its times meanwhile run each when it ends."),
    }
    why = str(said_of_pause(pause))
    end = "" if why.endswith((".", "!", "?", "…")) else "."
    return f"{why}{end} {meanwhile[Between(pause.between)]}"


def paused_briefly(pause: SchedulePause, now: datetime) -> str:
    """For a line of a list: "Paused until Mon 08:00: month-end closing"."""
    if pause.until is None or pause.failures:
        return str(said_of_pause(pause))
    local = timezone.localtime(pause.until)
    soon = pause.until - now < timedelta(days=6)
    until = date_format(local, "D H:i" if soon else _("j M Y"))
    if pause.reason:
        return _("Paused until %(until)s: %(reason)s") % {"until": until, "reason": pause.reason}
    return _("Paused until %(until)s.") % {"until": until}


def _if_missed(after: str) -> str:
    said = {
        AfterDowntime.ONCE: _("If times were missed, the last one runs."),
        AfterDowntime.EACH: _("If times were missed, each of them runs: the last %(number)s at most."),
        AfterDowntime.SKIP: _("If times were missed, they are skipped."),
    }
    return said.get(AfterDowntime(after), "") % {"number": MOST_MISSED_RUNS}


def _if_running(schedule: PeriodicTask, policy: SchedulePolicy) -> str:
    kind = kind_of(schedule.task)
    by_force = kind is not None and kind.stop_by_force
    said = {
        IfRunning.BESIDE: _("If the last run is still going, the next one runs beside it."),
        IfRunning.SKIP: _("If the last run is still going, the next one is skipped."),
        IfRunning.WAIT: _(
            "If the last run is still going, the next one waits for its end; one waits at most."
        ),
        IfRunning.STOP: _(
            "If the last run is still going, it is stopped, by force where it does not heed; the next one "
            "runs once it has ended."
        )
        if by_force
        else _(
            "If the last run is still going, it is asked to stop, and the next one waits until it has ended."
        ),
    }
    return said[policy.waits_for_others]


def _if_it_fails(policy: SchedulePolicy) -> Iterator[str]:
    count = policy.most_failures
    if count:
        yield ngettext(
            "After %(count)d failure it is paused, until somebody resumes it.",
            "After %(count)d failures in a row it is paused, until somebody resumes it.",
            count,
        ) % {"count": count}
    else:
        yield _("If a run fails, the next ones go on.")
    if policy.retries == 0:
        yield _("A run that fails is not tried again.")
    elif policy.retries:
        yield ngettext(
            "A run that fails is tried again %(count)d time.",
            "A run that fails is tried again %(count)d times.",
            policy.retries,
        ) % {"count": policy.retries}


def _times(policy: SchedulePolicy) -> Iterator[str]:
    late, long = policy.late_after, policy.too_long_after
    if late:
        yield ngettext(
            "It is late where it starts more than %(count)d minute after its time.",
            "It is late where it starts more than %(count)d minutes after its time.",
            late,
        ) % {"count": late}
    if long:
        yield ngettext(
            "It takes too long where it runs for more than %(count)d minute.",
            "It takes too long where it runs for more than %(count)d minutes.",
            long,
        ) % {"count": long}
