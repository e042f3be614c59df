"""The stack on one printable page: what runs, what waits, when it runs next, what is kept, what is wrong."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.reports import stack
from backoffice.reports.base import Order, ReportType
from backoffice.reports.formatting import shown
from backoffice.reports.forms import Format, ReportForm
from backoffice.reports.job_counts import said_of
from backoffice.reports.registry import register
from backoffice.reports.sections import (
    Badge,
    Behind,
    Code,
    Column,
    Figure,
    Figures,
    Pair,
    Row,
    Section,
    Table,
    Words,
)
from backoffice.reports.selection import Selection
from tasks_app.models import State


class OverviewForm(ReportForm):
    """A page to look at has no rows for a spreadsheet."""

    format = forms.ChoiceField(
        label=_("Format"), choices=[(Format.PDF.value, Format.PDF.label)], initial=Format.PDF
    )


# What each figure counts.
WORKERS = _("Processes that take jobs, and gave a sign of life in the last 30 seconds.")
WAITING = _("Jobs that nobody has taken yet, those that are not due yet included.")
RUNNING = _("Jobs that a worker has taken.")
FAILED_LATELY = _("Jobs that ended with an error in the last 24 hours, those repaired since included.")
SWITCHED_ON = _("Schedules that are not switched off.")

MOST_PROBLEMS = 8  # the page is one page

UNFINISHED = Selection("unfinished")

ANSWERS = {
    True: Badge(_("Answers"), "good"),
    False: Badge(_("Silent"), "bad"),
    None: "",
}


@register
class Overview(ReportType):
    slug = "overview"
    title = _("Overview")
    description = _("The whole stack on one page: services, queues, workers, schedules, retentions, health.")
    form = OverviewForm
    groups = frozenset({"Managers", "Staff", "Support"})
    confidential = True  # it names hosts, and what is wrong with them
    dense = True

    def sections(self, order: Order) -> list[Section]:
        now = stack.look(order.made_at)
        return [
            _health(now),
            _figures(now),
            Pair(_services(now), _retentions()),
            _queues(now),
            _workers(now),
            _schedules(now),
        ]


def _health(now: stack.Stack) -> Words:
    if not now.problems:
        answers = gettext("Everything answers: database, broker, storage, workers and clock.")
        failures = (
            gettext("What failed in the last 24 hours was repaired since.")
            if now.failures.ended
            else gettext("No job failed in the last 24 hours.")
        )
        return Words(f"{answers} {failures}", tone="good")
    left_out = len(now.problems) - MOST_PROBLEMS
    more = [gettext("And %(count)d more.") % {"count": left_out}] if left_out > 0 else []
    return Words(" ".join(now.problems[:MOST_PROBLEMS] + more), tone="warn")


# long: an entry for each figure
def _figures(now: stack.Stack) -> Figures:
    waiting, later = sum(one.waiting for one in now.queues), sum(one.later for one in now.queues)
    workers, failures = len(now.workers), now.failures
    unplanned = now.switched_on - now.planned
    return Figures(
        [
            Figure(
                _("Workers"),
                workers,
                _("seen in the last 30 s"),
                "good" if workers else "bad",
                Selection("nodes").having("is_worker", True),
                WORKERS,
            ),
            Figure(
                _("Jobs waiting"),
                waiting,
                gettext("of which %(count)s not due yet") % {"count": shown(later)} if later else "",
                "",
                UNFINISHED.of_states([State.WAITING]),
                WAITING,
            ),
            Figure(
                _("Jobs running"),
                sum(one.running for one in now.queues),
                behind=UNFINISHED.of_states([State.RUNNING]),
                definition=RUNNING,
            ),
            Figure(
                _("Failed in 24 hours"),
                failures.ended,
                _failures_note(now),
                "bad" if failures.need_somebody else "good",
                Selection("ended").of_states([State.FAILED]),
                FAILED_LATELY,
            ),
            Figure(
                _("Schedules"),
                now.switched_on,
                gettext("switched on, %(count)s without a next run") % {"count": shown(unplanned)}
                if unplanned
                else _("switched on"),
                "",
                Selection("schedules"),
                SWITCHED_ON,
            ),
        ]
    )


def _failures_note(now: stack.Stack) -> str:
    note = gettext("of %(count)d jobs that ended") % {"count": now.ended}
    return "; ".join(part for part in (note, said_of(now.failures)) if part)


def _services(now: stack.Stack) -> Table:
    rows: list[Row] = [[one.name, one.version, ANSWERS[one.answers]] for one in now.services]
    return Table(
        _("Services"),
        [Column(_("Service"), 34), Column(_("Version"), 43), Column(_("State"), 23)],
        rows,
        empty=_("No service is known."),
        note=gettext("Built with %(parts)s.") % {"parts": stack.built_with()},
    )


def _retentions() -> Table:
    names = {
        "results": _("Results"),
        "jobs": _("Finished jobs"),
        "log_lines": _("Log lines of jobs"),
        "message_bodies": _("Texts of emails"),
        "mailing_values": _("Values of people of mailings"),
        "reports": _("Reports"),
        "audit": _("Audit trail"),
        "sessions": _("Ended sessions"),
    }
    rows: list[Row] = [[names[key], stack.days_kept(days)] for key, days in settings.RETENTION_DAYS.items()]
    return Table(
        _("What is kept, and how long"),
        [Column(_("What"), 60), Column(_("Kept for"), 40, number=True)],
        rows,
        empty=_("Everything is kept."),
    )


def _queues(now: stack.Stack) -> Table:
    rows: list[Row] = [
        [
            Code(one.name),
            Badge(_("Paused"), "warn") if one.paused else Badge(_("Open"), "good"),
            one.waiting,
            one.later,
            one.running,
            one.depth,
            len(one.workers) or Badge(_("Nobody"), "bad"),
        ]
        for one in now.queues
    ]
    return Table(
        _("Queues"),
        [
            Column(_("Queue"), 22),
            Column(_("State"), 16),
            Column(_("Waiting"), 12, number=True, definition=WAITING),
            Column(_("Not due yet"), 13, number=True),
            Column(_("Running"), 12, number=True, definition=RUNNING),
            Column(_("In the broker"), 13, number=True),
            Column(_("Workers"), 12, number=True),
        ],
        rows,
        empty=_("No queue is known."),
        behind=[_behind_queue(UNFINISHED.having("queue", one.name)) for one in now.queues],
        whole=UNFINISHED,
        note=""
        if now.broker_answers
        else gettext("The broker does not answer, so its own count is missing."),
    )


def _behind_queue(jobs: Selection) -> list[Behind]:
    """The broker's own count is of messages, and has no rows; nor have those who read it."""
    waiting = jobs.of_states([State.WAITING])
    later = waiting.having("later", True)
    return [jobs, None, waiting, later, jobs.of_states([State.RUNNING]), None, None]


def _workers(now: stack.Stack) -> Table:
    rows: list[Row] = [
        [
            one.kind,
            one.members,
            ", ".join(one.queues),
            one.processes,
            one.memory and gettext("%(mib)d MiB") % {"mib": one.memory},
            one.started_at,
        ]
        for one in now.crews[: stack.MOST_CREWS]
    ]
    left_out, nodes = len(now.crews) - len(rows), Selection("nodes")
    return Table(
        _("Workers, clocks and web"),
        [
            Column(_("Kind"), 16),
            Column(_("How many"), 11, number=True),
            Column(_("Queues"), 31),
            Column(_("Processes"), 12, number=True),
            Column(_("Memory"), 12, number=True),
            Column(_("Running since"), 18, number=True),
        ],
        rows,
        behind=[
            6 * [nodes.having("kind", one.kind).having("queues", ", ".join(one.queues))]
            for one in now.crews[: stack.MOST_CREWS]
        ],
        whole=nodes,
        empty=_(
            "No worker and no clock has given a sign of life in the last 30 seconds: nothing is being done."
        ),
        note=gettext("And %(count)d more.") % {"count": left_out} if left_out else "",
    )


def _schedules(now: stack.Stack) -> Table:
    rows: list[Row] = [[one.name, one.job, one.rhythm, one.next_run] for one in now.schedules]
    left_out = now.planned - len(now.schedules)
    return Table(
        _("Schedules, by their next run"),
        [
            Column(_("Schedule"), 27),
            Column(_("Job"), 18),
            Column(_("Rhythm"), 37),
            Column(_("Next run"), 18, number=True),
        ],
        rows,
        behind=[4 * [Selection("schedules").having("name", one.name)] for one in now.schedules],
        whole=Selection("schedules"),
        empty=_("No schedule that is switched on has a next run.")
        if now.switched_on
        else _("No schedule is switched on."),
        note=gettext("And %(count)d more that run later.") % {"count": left_out} if left_out else "",
    )
