"""What each rule finds at this moment: by a key, what is said of it. Nothing that grows is read whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db.models import Q, Sum

from tasks_app.alerts import causes
from tasks_app.catalogue import label_of
from tasks_app.display import span
from tasks_app.failures.keys import key_of_group, why
from tasks_app.failures.spans import Span
from tasks_app.models import AlertOn, AlertRule, FailureGroup, FailureStatus, FailureTally, Job, Node, State
from tasks_app.models.failure_group import to_look_at
from tasks_app.monitor.hourly_counts import HOUR, ended_since, hour_of
from tasks_app.monitor.queue_status import queues
from tasks_app.notices import Notice, in_each_language

# The jobs that tell of alerts: what becomes of them is no alert's matter.
BY_MAIL, BY_WEBHOOK = "tasks_app.tasks.alert_by_mail", "tasks_app.tasks.alert_by_webhook"
ALERTS = (BY_MAIL, BY_WEBHOOK)

MOST = 200  # things that one rule finds at once
ENOUGH = 20  # jobs that ended, for a share of them to mean something
LATELY = timedelta(hours=1)

type Found = dict[str, Notice]


def found_by(rule: AlertRule, now: datetime) -> Found:
    return FINDERS[AlertOn(rule.on)](rule, now)


def _new_causes(rule: AlertRule, now: datetime) -> Found:
    """From when they began, or were opened again, until somebody decides."""
    after = Q(first_at__gte=rule.since) | Q(status_at__gte=rule.since)
    groups = FailureGroup.objects.filter(to_look_at(now), after).exclude(kind__in=ALERTS)
    return {str(group.pk): causes.NEW_CAUSE(**_named(group)) for group in groups.order_by("-last_at")[:MOST]}


def _rates(rule: AlertRule, now: datetime) -> Found:
    lately = FailureTally.objects.filter(span=Span.MINUTES, begins__gte=now - LATELY)
    counts = lately.order_by().values_list("group").annotate(count=Sum("count"))
    over = dict(counts.filter(count__gt=rule.threshold).order_by("-count")[:MOST])
    groups = FailureGroup.objects.filter(pk__in=over).exclude(kind__in=ALERTS)
    return {
        str(group.pk): causes.CAUSE_RATE(**_named(group), count=over[group.pk], most=rule.threshold)
        for group in groups.exclude(status=FailureStatus.IGNORED)
    }


def _waits(rule: AlertRule, now: datetime) -> Found:
    """A queue that somebody paused waits because they want it to."""
    most = timedelta(minutes=rule.threshold)
    return {
        queue.name: causes.QUEUE_WAITS(
            queue=queue.name, span=_in_each_language(queue.oldest), most=rule.threshold
        )
        for queue in queues(now)
        if queue.oldest is not None and queue.oldest > most and not queue.paused
    }


def _share(rule: AlertRule, now: datetime) -> Found:
    """Of the hour before and of this one, without the jobs that tell of alerts."""
    since = hour_of(now) - HOUR
    counted = ended_since(since)
    failed = sum(count for (_hour, state), count in counted.counts.items() if state == State.FAILED)
    succeeded = sum(count for (_hour, state), count in counted.counts.items() if state == State.SUCCEEDED)
    own = Job.objects.filter(name__in=ALERTS, created_at__gte=since - HOUR, ended_at__gte=since)
    failed -= len(own.filter(state=State.FAILED).values_list("pk")[:10_000])
    ended = failed + succeeded
    if ended < ENOUGH or failed * 100 <= rule.threshold * ended:
        return {}
    share = failed * 100 // ended
    return {"all": causes.FAILED_SHARE(ended=ended, share=share, most=rule.threshold)}


def _no_clock(rule: AlertRule, now: datetime) -> Found:
    """Asked by web and workers too: a clock that asks this is there."""
    clocks = Node.objects.filter(kind=Node.Kind.CLOCK)
    if clocks.alive(now).exists() or not clocks.exists():  # one that never was is missed by nobody
        return {}
    return {"clock": causes.NO_CLOCK()}


FINDERS: Mapping[AlertOn, Callable[[AlertRule, datetime], Found]] = {
    AlertOn.NEW_CAUSE: _new_causes,
    AlertOn.CAUSE_RATE: _rates,
    AlertOn.QUEUE_WAIT: _waits,
    AlertOn.FAILED_SHARE: _share,
    AlertOn.NO_CLOCK: _no_clock,
}


def _named(group: FailureGroup) -> dict[str, object]:
    """In each language: who gets the notice may read another than who decides."""
    key = key_of_group(group)
    return {"kind": in_each_language(lambda: label_of(group.kind)), "why": in_each_language(lambda: why(key))}


def _in_each_language(waited: timedelta) -> object:
    return in_each_language(lambda: span(waited))
