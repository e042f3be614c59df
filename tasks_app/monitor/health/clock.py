"""The clock: whether one looks, whether its looks come to their end, and what it cannot do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_app.display import first_of, span
from tasks_app.models import Node
from tasks_app.monitor.health.checks import Check, Finding, Text, failed, ok

# What does not happen while a step of a tick fails; `clock/tick.py` and `clock/scheduler.py` name them.
STEPS: dict[str, Text] = {
    "seeds": gettext_lazy("The clock cannot write down the schedules that come with the product."),
    "time": gettext_lazy("The clock cannot work out what a time that jumped has moved."),
    "changes": gettext_lazy("The clock cannot read schedules that changed: they run as they were."),
    "slots": gettext_lazy("The clock cannot make the jobs of schedules that are due."),
    "held": gettext_lazy("The clock cannot let go of runs of schedules that were held back."),
    "fill_ins": gettext_lazy(
        "The clock cannot fill in past times of schedules: what was begun stands still."
    ),
    "pauses": gettext_lazy("The clock cannot note that pauses are over; the queues go on all the same."),
    "leases": gettext_lazy("The clock cannot take back the jobs of workers that are gone."),
    "broker": gettext_lazy("The clock cannot look for what the broker lost."),
    "publish": gettext_lazy("The clock cannot publish jobs that are due."),
    "stops": gettext_lazy("The clock cannot tell workers which jobs should stop."),
    "search": gettext_lazy("The clock cannot add new jobs and messages to the search."),
    "failures": gettext_lazy("The clock cannot count what failed: the causes of failures stand still."),
    "alerts": gettext_lazy("The clock cannot look at the rules of alerts: nobody is told of what begins."),
    "health": gettext_lazy(
        "The clock cannot look at what came of schedules: promises and followers stand still."
    ),
    "counts": gettext_lazy("The clock cannot count the jobs that ended: charts and metrics stand still."),
}
# A clock that vanished longer ago was replaced, or is missed by nobody.
MISSED_FOR = timedelta(hours=1)


def last_look(node: Node) -> datetime | None:
    """When a clock's last look ended, in the database's time; None of other nodes, and of older releases."""
    return parse_datetime(str(node.details.get("ticked_at", "")))


def check_clock(now: datetime) -> Iterator[Finding]:
    yield from said_of(now, list(Node.objects.alive(now).filter(kind=Node.Kind.CLOCK).order_by("name")[:10]))


def said_of(now: datetime, clocks: Sequence[Node]) -> Iterator[Finding]:
    """Of clocks that are alive: a clock's sign of life is a look that came to its end."""
    if not clocks:
        yield _none(now)
        return
    names = ", ".join(node.name for node in clocks)
    yield ok(_("%(kind)s: %(names)s.") % {"kind": Node.Kind.CLOCK.label, "names": names})
    for node in clocks:
        yield from _failing(node)


def _none(now: datetime) -> Finding:
    lately = Node.objects.silent(now).filter(kind=Node.Kind.CLOCK, beat_at__gte=now - MISSED_FOR)
    last = list(lately.order_by("-beat_at")[:10])
    if not last:
        return failed(
            _("No clock is running: schedules start nothing, and what failed is not tried again."),
            _("Start one: celery -A projet beat -l info"),
            "queues/",
        )
    values = {"name": first_of([node.name for node in last]), "span": span(now - last[0].beat_at)}
    return failed(
        _(
            "The clock stands still: %(name)s has come to the end of no look for %(span)s. Schedules start "
            "nothing, and what failed is not tried again."
        )
        % values,
        _(
            "After %(seconds)s it ends itself, and is started anew where systemd, Docker or make up started "
            "it. Its log says where it stood. Otherwise start one: celery -A projet beat -l info"
        )
        % {"seconds": span(settings.CLOCK_STALL)},
        "queues/",
    )


def _failing(node: Node) -> Iterator[Finding]:
    steps = node.details.get("failed") or {}
    for step, error in steps.items() if isinstance(steps, Mapping) else ():
        sentence = STEPS.get(step)
        if sentence is None:  # of another version
            continue
        yield failed(
            str(sentence),
            _("Everything else goes on. The log of %(name)s says more; it begins with: %(error)s")
            % {"name": node.name, "error": error},
            "queues/",
        )


CLOCK = [Check("clock", gettext_lazy("Clock"), check_clock, "tasks_app.view_queuestate")]
