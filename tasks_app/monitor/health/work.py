"""Jobs and schedules that do not get on. Each question reads a bounded number of index rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app.display import capped, count_up_to, span
from tasks_app.models import Job, QueueState, ScheduleOptions, ScheduleOwner, State
from tasks_app.monitor.health.checks import Check, Finding, Guide, degraded, ok
from tasks_app.monitor.queue_status import Queue, queues

LIMIT = 999  # figures stop here
# The clock looks every second: what it has not taken after this, it does not take.
NOT_TAKEN = timedelta(minutes=2)
# A job that was replaced by a chord waits for it this long before anybody wonders.
REPLACEMENT_OVERDUE = timedelta(days=1)
LONG_WAIT = timedelta(minutes=15)
SEES_JOBS = "tasks_app.view_job"


def unpublished(now: datetime) -> QuerySet[Job]:
    """Due for a while, and no message left for them; a paused queue's wait on purpose."""
    paused = QueueState.objects.paused(now).values("name")
    due = Job.objects.waiting().filter(published_at=None, available_at__lt=now - NOT_TAKEN)
    return due.exclude(queue__in=paused).order_by("available_at")


def stuck(now: datetime) -> QuerySet[Job]:
    """Running, by a worker that gave no sign of life, and no clock took them back."""
    return Job.objects.running().filter(lease_until__lt=now - NOT_TAKEN).order_by("lease_until")


def awaiting_replacement(now: datetime) -> QuerySet[Job]:
    """Replaced by other jobs, whose end has not come for a day."""
    waiting = Job.objects.waiting().filter(published_at=None, available_at=None)
    return waiting.filter(created_at__lt=now - REPLACEMENT_OVERDUE)


def check_unpublished(now: datetime) -> Iterator[Finding]:
    count = count_up_to(LIMIT, unpublished(now))
    if not count:
        yield ok(_("No job has been due for two minutes without being published, but in paused queues."))
        return
    yield degraded(
        ngettext(
            "%(count)s job is due and was never published.",
            "%(count)s jobs are due and were never published.",
            count,
        )
        % {"count": capped(count, LIMIT)},
        _(
            "The clock publishes them when it runs and the broker answers: see both. manage.py reconcile "
            "does it now."
        ),
        jobs(trouble="unpublished"),
    )


def check_stuck(now: datetime) -> Iterator[Finding]:
    count = count_up_to(LIMIT, stuck(now)) + count_up_to(LIMIT, awaiting_replacement(now))
    if not count:
        yield ok(_("No job is stuck."))
        return
    yield degraded(
        ngettext("%(count)s job is stuck.", "%(count)s jobs are stuck.", count)
        % {"count": capped(count, LIMIT)},
        _(
            "Its worker is gone, or what replaced it never ended. A running clock takes back what workers "
            "lost; "
        
          "cancel what waits for nothing. manage.py reconcile --dry-run says what would become of each."),
        jobs(trouble="stuck"),
    )  # fmt: skip


def check_unknown(now: datetime) -> Iterator[Finding]:
    count = count_up_to(LIMIT, Job.objects.filter(state=State.UNKNOWN))
    if not count:
        yield ok(_("No job has an unknown outcome."))
        return
    yield degraded(
        ngettext("%(count)s job has an unknown outcome.", "%(count)s jobs have an unknown outcome.", count)
        % {"count": capped(count, LIMIT)},
        _(
            "It may have taken effect or not, and no machine repeats it. Find out, then settle it on its "
            "page."
        ),
        jobs(state=State.UNKNOWN),
    )


def check_queues(now: datetime) -> Iterator[Finding]:
    seen = queues(now)
    yield from list(slow_queues(seen)) or [ok(" ".join(_well_served(seen)))]


def _well_served(seen: Iterable[Queue]) -> Iterator[str]:
    yield _("No queue is paused, none waits for a worker, and no job has waited for long.")
    waits = [f"{queue.name} {span(queue.oldest)}" for queue in seen if queue.oldest]
    if waits:
        yield _("The longest wait by queue: %s.") % ", ".join(waits)


def slow_queues(seen: Iterable[Queue]) -> Iterator[Finding]:
    """Those that are paused, that nobody takes from, or that wait for long."""
    for queue in seen:
        if queue.unattended:
            yield degraded(
                _("Jobs wait in the queue %(name)s (%(count)s), and no worker takes from it.")
                % {"name": queue.name, "count": queue.waiting},
                _("Start a worker with -Q %s, or route the jobs to a queue that is served.") % queue.name,
                "queues/",
            )
        elif queue.oldest and queue.oldest > LONG_WAIT and not queue.paused:
            yield degraded(
                _("The oldest job in the queue %(name)s has waited for %(time)s.")
                % {"name": queue.name, "time": span(queue.oldest)},
                _(
                    "More comes than is done. Start another worker, or see what the running jobs take so "
                    "long for."
                ),
                "queues/",
            )
        elif queue.paused:
            resume = _("Resume it on the page of queues and workers when it may go on.")
            yield degraded(
                _("The queue %(name)s is paused. Jobs waiting in it: %(count)s.")
                % {"name": queue.name, "count": queue.waiting},
                f"{queue.pause}. {resume}",
                "queues/",
            )


def invalid_schedules() -> QuerySet[ScheduleOptions]:
    return ScheduleOptions.objects.filter(schedule__enabled=True).exclude(invalid="")


def late_schedules(now: datetime) -> QuerySet[ScheduleOptions]:
    """Their time has passed, and no clock took it."""
    return ScheduleOptions.objects.filter(schedule__enabled=True, next_slot__lt=now - NOT_TAKEN)


def check_schedules(now: datetime) -> Iterator[Finding]:
    page = "django_celery_beat/periodictask/?trouble="
    invalid, late = count_up_to(LIMIT, invalid_schedules()), count_up_to(LIMIT, late_schedules(now))
    if invalid:
        yield degraded(
            ngettext("%(count)s schedule cannot run.", "%(count)s schedules cannot run.", invalid)
            % {"count": capped(invalid, LIMIT)},
            _("Something in it is wrong, and its page says what. It runs again once that is corrected."),
            page + "invalid",
        )
    if late:
        yield degraded(
            ngettext("%(count)s schedule is late.", "%(count)s schedules are late.", late)
            % {"count": capped(late, LIMIT)},
            _("The clock did not take it at its time: is a clock running, and in time?"),
            page + "late",
        )
    if not invalid and not late:
        yield ok(_("No schedule that is switched on is late or cannot run."))


def owners_who_left() -> QuerySet[ScheduleOwner]:
    """Of schedules that are switched on: their times are skipped."""
    return ScheduleOwner.objects.who_left().filter(schedule__enabled=True)


def check_owners(now: datetime) -> Iterator[Finding]:
    count = count_up_to(LIMIT, owners_who_left())
    if not count:
        yield ok(_("No schedule that is switched on belongs to somebody who left."))
        return
    yield degraded(
        ngettext(
            "%(count)s schedule belongs to somebody who left.",
            "%(count)s schedules belong to somebody who left.",
            count,
        )
        % {"count": capped(count, LIMIT)},
        _("It runs with its owner's rights, so its times are skipped: hand it over on its page."),
        "django_celery_beat/periodictask/?trouble=left",
    )


def jobs(**filters: str) -> str:
    return f"tasks_app/job/?{urlencode(filters)}"


WORK = [
    Check("queues", gettext_lazy("Queues"), check_queues, "tasks_app.view_queuestate"),
    Check(
        "unpublished",
        gettext_lazy("Unpublished jobs"),
        check_unpublished,
        SEES_JOBS,
        Guide("architecture.md", "A job's life"),
    ),
    Check("stuck", gettext_lazy("Stuck jobs"), check_stuck, SEES_JOBS, Guide("reliability.md", "Guaranteed")),
    Check(
        "unknown",
        gettext_lazy("Jobs of unknown outcome"),
        check_unknown,
        SEES_JOBS,
        Guide("emails.md", "What each state means"),
    ),
    Check(
        "schedules",
        gettext_lazy("Schedules"),
        check_schedules,
        "django_celery_beat.view_periodictask",
        Guide("architecture.md", "A slot's life"),
    ),
    Check(
        "owners",
        gettext_lazy("Owners of schedules"),
        check_owners,
        "django_celery_beat.change_periodictask",
        Guide("promises.md", "Whose it is"),
    ),
]
