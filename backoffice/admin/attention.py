"""What needs a person now. Each question reads a bounded number of index rows, however long the history.

What `manage.py doctor` asks as well is said here in its words; the rest is for people at work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import health
from backoffice.admin import outside
from backoffice.admin.failures import failed_jobs, none_failed, open_causes
from backoffice.admin.message_repairs import unrepaired
from backoffice.admin.needs import LIMIT, Look, Need, listed
from backoffice.emails import hold
from backoffice.emails.ses_errors import advice
from backoffice.models import Mailing, MailingState, Message, MessageState
from backoffice.models.message_states import DID_NOT_ARRIVE
from tasks_app.broker.ping import recent_answer
from tasks_app.display import capped, count_up_to
from tasks_app.models import Node
from tasks_app.monitor.health import Finding, Level, checks, clock, run
from tasks_app.monitor.health.hosts import host_checks
from tasks_app.monitor.health.services import said_by
from tasks_app.monitor.health.work import slow_queues

MAILINGS = 3  # that wait for somebody, named each

type Check = Callable[[Look], Iterator[Need]]


def needs(look: Look) -> list[Need] | None:
    """What this person could do something about, the worst first; None for who watches over nothing."""
    mine = [check for permission, check in CHECKS if look.user.has_perm(permission)]
    if not mine:
        return None
    found = [need for check in mine for need in check(look)]
    return sorted(found, key=lambda need: need.tone != "danger")


def calm(look: Look) -> str:
    """What is said where nothing needs this person: of what was asked for them, and no more."""
    asked = [say for permission, say in CALM if look.user.has_perm(permission)]
    return " ".join(sentence for say in asked for sentence in say(look))


# --- The machinery -----------------------------------------------------------------------------


def broker(look: Look) -> Iterator[Need]:
    answer = recent_answer()
    if answer.answered_in is None:
        yield Need(
            "danger",
            "cloud_off",
            _("The broker does not answer"),
            _("Nothing is lost: what is launched now is kept and starts when the broker is back."),
            reverse("admin:queues"),
        )
    else:
        yield from _said(said_by(answer), "database")


def work(look: Look) -> Iterator[Need]:
    """Nobody works or keeps time; queues that are paused, or that nobody works on."""
    alive = {node.kind for node in look.nodes}
    queues = look.queues
    if not settings.CELERY_TASK_ALWAYS_EAGER and Node.Kind.WORKER not in alive:
        queues = [queue for queue in queues if queue.paused]  # of the others the next sentence says enough
        yield Need(
            "danger",
            "engineering",
            _("No worker is running"),
            _("Jobs wait until one is started."),
            reverse("admin:queues"),
        )
    yield from _said(
        clock.said_of(look.now, [n for n in look.nodes if n.kind == Node.Kind.CLOCK]), "timer_off"
    )
    yield from _said(slow_queues(queues), "low_priority")


def are_there(look: Look) -> Iterator[str]:
    """Said where `work` has nothing to say; where jobs run as they are launched, there need be no worker."""
    alive = {node.kind for node in look.nodes}
    if {Node.Kind.WORKER, Node.Kind.CLOCK} <= alive:
        yield _("Workers and clock are there, and no queue is paused or waits for long.")


# --- Jobs and emails ---------------------------------------------------------------------------


def held_emails(look: Look) -> Iterator[Need]:
    held = hold.current()
    if held is not None:
        yield Need(
            "danger",
            "pan_tool",
            _("All emails are held"),
            advice(held.error_code, held.reason),
            listed("backoffice_message", state=MessageState.QUEUED),
        )


def undelivered_messages(look: Look) -> Iterator[Need]:
    """Of those written since the beginning of yesterday: the list behind it is filtered by days."""
    yesterday = _yesterday(look.now)
    lately = Message.objects.filter(state__in=DID_NOT_ARRIVE, created_at__gte=yesterday)
    count = count_up_to(LIMIT, unrepaired(lately))
    if count:
        yield Need(
            "danger",
            "unsubscribe",
            ngettext("%(count)s email did not arrive", "%(count)s emails did not arrive", count)
            % {"count": capped(count, LIMIT)},
            _("Failed, bounced or complained about, of those written since yesterday."),
            listed(
                "backoffice_message",
                state=sorted(DID_NOT_ARRIVE),
                repaired="no",
                created_at_from=f"{yesterday:%Y-%m-%d}",
            ),
        )


def none_undelivered(look: Look) -> Iterator[str]:
    yield _("No email that was written since yesterday failed or came back.")


def _yesterday(now: datetime) -> datetime:
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=1)


def paused_mailings(look: Look) -> Iterator[Need]:
    """Those that paused by themselves: whoever paused one knows of it."""
    for mailing in Mailing.objects.filter(state=MailingState.PAUSED).exclude(reason="")[:MAILINGS]:
        yield Need(
            "danger",
            "campaign",
            _("The mailing “%(name)s” waits for somebody") % {"name": mailing},
            mailing.said,
            reverse("admin:backoffice_mailing_change", args=[mailing.pk]),
        )


# --- What doctor says --------------------------------------------------------------------------


def doctor(**icons: str) -> Iterator[tuple[str, Check]]:
    """The sentences of these checks of `manage.py doctor`, each with its icon, where all is not well; for
    whom each is meant stands beside it."""
    for asked in health.CHECKS:
        if asked.key in icons:
            yield asked.audience, partial(_of_doctor, asked, icons[asked.key])


def _of_doctor(asked: checks.Check, icon: str, look: Look) -> Iterator[Need]:
    for _one, findings in run([asked], look.now):
        yield from _said(findings, icon)


def outside_world(look: Look) -> Iterator[Need]:
    """A bucket or a mail service that does not take what we have."""
    # The local transport writes to the same disk.
    icons = {"storage": "folder_off"} | ({"email": "mail_lock"} if settings.EMAIL_TRANSPORT == "ses" else {})
    for asked in health.CHECKS:
        if asked.key in icons:
            yield from _said(outside.answer(asked) or [], icons[asked.key])


def _said(findings: Iterable[Finding], icon: str) -> Iterator[Need]:
    for finding in findings:
        if finding.level is not Level.OK:
            yield Need(
                "danger" if finding.level is Level.FAILED else "warning",
                icon,
                finding.sentence.rstrip("."),
                finding.remedy,
                reverse("admin:index") + finding.page,
            )


def hosts(look: Look) -> Iterator[Need]:
    icons = {
        "silent": "heart_broken", "clocks": "schedule", "zones": "public_off", "room": "hard_drive",
        "versions": "difference",
    }  # fmt: skip
    for one, findings in run(host_checks(lambda _now: look.nodes), look.now):
        yield from _said(findings, icons[one.key])


CHECKS: list[tuple[str, Check]] = [
    ("tasks_app.view_queuestate", broker),
    ("tasks_app.view_queuestate", work),
    ("tasks_app.view_job", failed_jobs),
    ("tasks_app.view_job", open_causes),
    *doctor(unknown="help"),
    ("backoffice.view_message", held_emails),
    ("backoffice.view_message", undelivered_messages),
    ("backoffice.view_mailing", paused_mailings),
    *doctor(unknown_emails="contact_support", schedules="event_busy", owners="person_off"),
    ("tasks_app.view_queuestate", hosts),
    *doctor(unpublished="outbox", stuck="hourglass_disabled"),
    ("tasks_app.view_queuestate", outside_world),
]

# What each of them may say where nothing is found; the others say nothing then.
CALM: list[tuple[str, Callable[[Look], Iterator[str]]]] = [
    ("tasks_app.view_job", none_failed),
    ("backoffice.view_message", none_undelivered),
    ("tasks_app.view_queuestate", are_there),
]
