"""What needs a person now. Each question reads a bounded number of index rows, however long the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.emails import hold
from backoffice.emails.errors import advice
from backoffice.models import Message, MessageState
from tasks_app import health
from tasks_app.broker_facts import ask_broker
from tasks_app.models import Job, Node, QueueState, ScheduleOptions, State

# Figures stop here: "99+". Nobody works through more from a dashboard.
LIMIT = 99
LATELY = timedelta(hours=24)
# The clock looks every second; a slot this old was not taken.
LATE_AFTER = timedelta(minutes=2)
# A process that vanished longer ago than this was replaced or is not missed: "no worker" says the rest.
SILENT_FOR_AT_MOST = timedelta(hours=1)
# One page in so many seconds asks the broker, the others of this process read its answer.
BROKER_ANSWER_SECONDS = 10

UNDELIVERED = (MessageState.FAILED, MessageState.BOUNCED, MessageState.COMPLAINED)


@dataclass(frozen=True)
class Need:
    """One thing to look at: `tone` is danger or warning, `url` the list behind the figure."""

    tone: str
    icon: str
    title: str | Promise
    note: str | Promise
    url: str


type Check = Callable[[datetime], Iterator[Need]]


def needs(user: Any, now: datetime) -> list[Need] | None:
    """What this person could do something about, the worst first; None for who watches over nothing."""
    mine = [check for permission, check in CHECKS if user.has_perm(permission)]
    if not mine:
        return None
    found = [need for check in mine for need in check(now)]
    return sorted(found, key=lambda need: need.tone != "danger")


# --- The machinery -----------------------------------------------------------------------------


def broker(now: datetime) -> Iterator[Need]:
    if not cache.get_or_set("broker-answers", _broker_answers, BROKER_ANSWER_SECONDS):
        yield Need(
            "danger",
            "cloud_off",
            _("The broker does not answer"),
            _("Nothing is lost: what is launched now is kept and starts when the broker is back."),
            reverse("admin:queues"),
        )


def _broker_answers() -> bool:
    return ask_broker().answered_in is not None


def nodes(now: datetime) -> Iterator[Need]:
    """Nobody works, nobody keeps time, or somebody fell silent."""
    alive = Node.objects.alive(now)
    if not settings.CELERY_TASK_ALWAYS_EAGER and not alive.filter(kind=Node.Kind.WORKER).exists():
        yield Need(
            "danger",
            "engineering",
            _("No worker is running"),
            _("Jobs wait until one is started."),
            reverse("admin:queues"),
        )
    if not alive.filter(kind=Node.Kind.CLOCK).exists():
        yield Need(
            "danger",
            "timer_off",
            _("No clock is running"),
            _("Schedules do not start anything, and what failed is not tried again, until one is started."),
            reverse("admin:queues"),
        )
    silent = Node.objects.silent(now).filter(beat_at__gte=now - SILENT_FOR_AT_MOST)
    names = list(silent.values_list("name", flat=True)[: LIMIT + 1])
    if names:
        yield Need(
            "warning",
            "heart_broken",
            ngettext("%(count)s process fell silent", "%(count)s processes fell silent", len(names))
            % {"count": capped(len(names))},
            _("No heartbeat and no goodbye from %(names)s.") % {"names": _first(names)},
            reverse("admin:queues"),
        )


def paused(now: datetime) -> Iterator[Need]:
    names = list(QueueState.objects.filter(paused=True).order_by("name").values_list("name", flat=True))
    if names:
        yield Need(
            "warning",
            "pause_circle",
            ngettext("%(count)s queue is paused", "%(count)s queues are paused", len(names))
            % {"count": len(names)},
            _("Nothing starts in %(names)s until somebody resumes it.") % {"names": _first(names)},
            reverse("admin:queues"),
        )


# --- Jobs --------------------------------------------------------------------------------------


def failed_jobs(now: datetime) -> Iterator[Need]:
    count = at_most(Job.objects.filter(state=State.FAILED, created_at__gte=now - LATELY))
    if count:
        since = date_format(timezone.localtime(now - LATELY), "Y-m-d")
        yield Need(
            "danger",
            "error",
            ngettext("%(count)s job failed", "%(count)s jobs failed", count) % {"count": capped(count)},
            _("In the last 24 hours. Each says why, and can be run again."),
            listed("tasks_app_job", state=State.FAILED, created_at_from=since),
        )


def unknown_jobs(now: datetime) -> Iterator[Need]:
    count = at_most(Job.objects.filter(state=State.UNKNOWN))
    if count:
        yield Need(
            "warning",
            "help",
            ngettext("%(count)s job of unknown outcome", "%(count)s jobs of unknown outcome", count)
            % {"count": capped(count)},
            _("It may have taken effect or not. Find out, then settle it: no machine repeats it."),
            listed("tasks_app_job", state=State.UNKNOWN),
        )


# --- Emails ------------------------------------------------------------------------------------


def held_emails(now: datetime) -> Iterator[Need]:
    held = hold.current()
    if held is not None:
        yield Need(
            "danger",
            "pan_tool",
            _("All emails are held"),
            advice(held.error_code, held.reason),
            reverse("admin:backoffice_message_changelist"),
        )


def undelivered_messages(now: datetime) -> Iterator[Need]:
    count = at_most(Message.objects.filter(state__in=UNDELIVERED, created_at__gte=now - LATELY))
    if count:
        yield Need(
            "danger",
            "unsubscribe",
            ngettext("%(count)s email did not arrive", "%(count)s emails did not arrive", count)
            % {"count": capped(count)},
            _("Failed, bounced or complained about in the last 24 hours."),
            listed("backoffice_message", state=UNDELIVERED),
        )


def unknown_messages(now: datetime) -> Iterator[Need]:
    count = at_most(Message.objects.filter(state=MessageState.UNKNOWN))
    if count:
        yield Need(
            "warning",
            "contact_support",
            ngettext("%(count)s email may have been sent", "%(count)s emails may have been sent", count)
            % {"count": capped(count)},
            _("The provider's answer was lost. Ask the recipient or the provider before sending again."),
            listed("backoffice_message", state=MessageState.UNKNOWN),
        )


# --- Schedules ---------------------------------------------------------------------------------


def schedules(now: datetime) -> Iterator[Need]:
    """Those that cannot run, and those that should have run."""
    enabled = ScheduleOptions.objects.filter(schedule__enabled=True)
    invalid = at_most(enabled.exclude(invalid=""))
    if invalid:
        yield Need(
            "danger",
            "event_busy",
            ngettext("%(count)s schedule cannot run", "%(count)s schedules cannot run", invalid)
            % {"count": capped(invalid)},
            _("Something in it is wrong, and it says what. It runs again once that is corrected."),
            listed("django_celery_beat_periodictask"),
        )
    late = at_most(enabled.filter(next_slot__lt=now - LATE_AFTER))
    if late:
        yield Need(
            "warning",
            "running_with_errors",
            ngettext("%(count)s schedule is late", "%(count)s schedules are late", late)
            % {"count": capped(late)},
            _("The clock did not take it at its time: is a clock running, and in time?"),
            listed("django_celery_beat_periodictask"),
        )


# --- What doctor says, beside the above ---------------------------------------------------------

ICONS = {
    "clocks": "schedule",
    "zones": "public_off",
    "room": "hard_drive",
    "versions": "difference",
    "unpublished": "outbox",
    "stuck": "hourglass_disabled",
}


def from_doctor(now: datetime) -> Iterator[Need]:
    """Hosts that disagree or fill up, jobs that do not get on: the sentences of `manage.py doctor`."""
    asked = [check for check in health.CHECKS if check.key in ICONS]
    for check, findings in health.run(asked, now):
        for finding in findings:
            if finding.level is not health.Level.OK:
                yield Need(
                    "danger" if finding.level is health.Level.FAILED else "warning",
                    ICONS[check.key],
                    finding.sentence.rstrip("."),
                    finding.remedy,
                    reverse("admin:index") + finding.page,
                )


CHECKS: list[tuple[str, Check]] = [
    ("tasks_app.view_queuestate", broker),
    ("tasks_app.view_queuestate", nodes),
    ("tasks_app.view_job", failed_jobs),
    ("tasks_app.view_job", unknown_jobs),
    ("backoffice.view_message", held_emails),
    ("backoffice.view_message", undelivered_messages),
    ("backoffice.view_message", unknown_messages),
    ("django_celery_beat.view_periodictask", schedules),
    ("tasks_app.view_queuestate", paused),
    ("tasks_app.view_queuestate", from_doctor),
]


# --- Small parts -------------------------------------------------------------------------------


def at_most(rows: QuerySet[Any]) -> int:
    """How many rows there are, read no further than LIMIT + 1."""
    return len(rows.order_by().values_list("pk", flat=True)[: LIMIT + 1])


def capped(count: int) -> str:
    return f"{LIMIT}+" if count > LIMIT else str(count)


def listed(page: str, **filters: Any) -> str:
    """The address of a list, filtered; a tuple of values asks for any of them."""
    return f"{reverse(f'admin:{page}_changelist')}?{urlencode(filters, doseq=True)}".rstrip("?")


def _first(names: list[str], shown: int = 3) -> str:
    return ", ".join(names[:shown]) + (" …" if len(names) > shown else "")
