"""What the qualifiers of the search of jobs find. Others add theirs: `JOBS.add(Qualifier(…))`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q
from django.db.models import Value as Constant
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.common import starts_with
from tasks_app.catalogue import UNREADABLE, kinds, label_of
from tasks_app.db.among import Among
from tasks_app.db.folding import fold
from tasks_app.display import who
from tasks_app.models import Job, Slot, State
from tasks_app.monitor.queue_status import queues_of_jobs
from tasks_app.notices import codes_saying, say_in_general, wordings
from tasks_app.search.finding import MOST
from tasks_app.search.query.language import Asked, Choice, Language, Qualifier, beginning_with, chosen
from tasks_app.search.query.mistakes import QueryError, no_span, no_such_value
from tasks_app.search.query.spans import span_of
from tasks_app.search.query.terms import LONGER, SHORTER, Term, Value

JOBS = Language()

ME = "me"
REPAIRED = "repaired"


def add(name: str, label: Any, example: str, **how: Any) -> Qualifier:
    return JOBS.add(Qualifier(name, label, example, **how))


# --- State, kind, queue ------------------------------------------------------------------------


def states() -> list[Choice]:
    return [
        *(Choice(state.value, state.label) for state in State),
        Choice(REPAIRED, _("Failed, repaired by a re-run")),
    ]


def in_state(term: Term, asked: Asked) -> Q:
    found = [chosen(value, states(), fold) for value in term.values]
    wanted = Q(state__in=[state for state in found if state != REPAIRED])
    return wanted | Q(state=State.FAILED, repaired_at__isnull=False) if REPAIRED in found else wanted


def in_other_states(term: Term, asked: Asked) -> Q:
    named = [chosen(value, states(), fold) for value in term.values]
    wanted = Q(state__in=[state for state in State if state not in named])
    return wanted & ~Q(state=State.FAILED, repaired_at__isnull=False) if REPAIRED in named else wanted


def kinds_offered() -> list[Choice]:
    """By the last part of their task's name; by all of it where two have the same."""
    names = [kind.name for kind in kinds()]
    short = [name.rpartition(".")[2] for name in names]
    return [
        Choice(own if short.count(own) == 1 else name, label_of(name))
        for name, own in sorted(zip(names, short, strict=True))
    ]


def of_kind(term: Term, asked: Asked) -> Q:
    return Q(name__in=[task for value in term.values for task in tasks_of(value)])


def tasks_of(value: Value) -> list[str]:
    """The tasks that somebody means; one that no code knows any more by its whole name."""
    names = [kind.name for kind in kinds()]
    if value.text in (*names, UNREADABLE) or Job.objects.filter(name=value.text).exists():
        return [value.text]
    one = chosen(value, kinds_offered(), fold)
    return [name for name in names if one in (name, name.rpartition(".")[2])]


def in_queue(term: Term, asked: Asked) -> Q:
    known = queues_of_jobs()
    for value in term.values:
        if value.text not in known:
            raise no_such_value(value.text, value.start, value.end, known)
    return Q(queue__in=term.texts)


add(
    "state",
    _("State"),
    "state:failed,unknown",
    condition=in_state,
    without=in_other_states,
    choices=lambda beginning, asked: beginning_with(beginning, states(), fold),
)
add(
    "kind",
    _("Kind of job"),
    "kind:envoi_email",
    condition=of_kind,
    choices=lambda beginning, asked: beginning_with(beginning, kinds_offered(), fold),
)
add(
    "queue",
    _("Queue"),
    "queue:high",
    condition=in_queue,
    choices=lambda beginning, asked: beginning_with(beginning, map(Choice, queues_of_jobs()), fold),
)


# --- Cause -------------------------------------------------------------------------------------


def with_cause(term: Term, asked: Asked) -> Q:
    """By a code, the beginning of one, or words of what it says: failed jobs, which an index has by cause,
    and those of unknown outcome, which are few and are settled together."""
    wanted = Q()
    for value in term.values:
        wanted |= starts_with("cause", value.text)
        if said := codes_saying(value.text):
            wanted |= Q(cause__in=said)
    unknown = Job.objects.filter(wanted, state=State.UNKNOWN).order_by("-created_at")
    keys = list(unknown.values_list("pk", flat=True)[:MOST])
    return Q(state=State.FAILED) & wanted | (Q(Among("pk", keys)) if keys else Q())


def causes_offered(beginning: str, asked: Asked) -> Iterator[Choice]:
    known = (Choice(one.code, say_in_general(one.code)) for one in wordings())
    return beginning_with(beginning, known, fold)


add(
    "cause",
    _("Cause of a failure"),
    "cause:email.recipient_opted_out",
    condition=with_cause,
    choices=causes_offered,
)


# --- Schedule, person --------------------------------------------------------------------------


def of_schedule(term: Term, asked: Asked) -> Q:
    """The newest that a schedule made: slots know their jobs, and outlive their schedule."""
    keys: list[str] = []
    for value in term.values:
        keys += _jobs_of_schedule(value, asked)
    return Q(Among("pk", keys))


def _jobs_of_schedule(value: Value, asked: Asked) -> list[str]:
    known = dict(PeriodicTask.objects.order_by("name").values_list("pk", "name"))
    found = [pk for pk, name in known.items() if fold(value.text) in (fold(name), str(pk))]
    if not found:
        raise no_such_value(value.text, value.start, value.end, known.values())
    slots = Slot.objects.filter(schedule__in=found[:1]).exclude(job_id="").order_by("-moment")
    keys = list(slots.values_list("job_id", flat=True)[: MOST + 1])
    if len(keys) > MOST:
        asked.note(str(_("Of this schedule the newest %(count)s jobs were looked at.") % {"count": MOST}))
    return keys[:MOST]


def schedules_offered(beginning: str, asked: Asked) -> Iterator[Choice]:
    names = PeriodicTask.objects.order_by("name").values_list("name", flat=True)
    return beginning_with(beginning, map(Choice, names), fold)


def by_person(term: Term, asked: Asked) -> Q:
    return Q(created_by__in=[key for value in term.values for key in _people(value, asked)])


def _people(value: Value, asked: Asked) -> list[Any]:
    """Whoever signs in by this name or has this address; else those whose name begins so."""
    if value.text.casefold() == ME:
        return [asked.user.pk]
    people = get_user_model()._default_manager.all()
    exact = Q(username__iexact=value.text) | Q(email__iexact=value.text)
    keys = list(people.filter(exact).values_list("pk", flat=True))
    if not keys:
        typed = fold(value.text)
        rows = people.order_by("username")[:MOST]
        keys = [one.pk for one in rows if f" {typed}" in f" {fold(one.username)} {fold(who(one))}"]
    if not keys:
        raise no_such_value(value.text, value.start, value.end, [ME, *_names()])
    return keys


def _names() -> list[str]:
    return list(
        get_user_model()._default_manager.order_by("username").values_list("username", flat=True)[:MOST]
    )


def people_offered(beginning: str, asked: Asked) -> Iterator[Choice]:
    people = get_user_model()._default_manager.filter(is_staff=True).order_by("username")[:MOST]
    offered = [Choice(ME, who(asked.user)), *(Choice(one.username, who(one)) for one in people)]
    return beginning_with(beginning, offered, fold)


add(
    "schedule",
    _("Schedule"),
    'schedule:"Nightly overview"',
    condition=of_schedule,
    choices=schedules_offered,
)
add("user", _("Launched by"), "user:me", condition=by_person, choices=people_offered)


# --- Id ----------------------------------------------------------------------------------------

SHORTEST_ID = 3


def with_id(term: Term, asked: Asked) -> Q:
    wanted = Q()
    for value in term.values:
        if len(value.text) < SHORTEST_ID:
            raise QueryError(
                value.start,
                value.end,
                str(_("Give at least %(count)s characters of the id’s beginning.") % {"count": SHORTEST_ID}),
            )
        wanted |= starts_with("id", value.text)
    return wanted


add("id", _("Beginning of an id"), "id:3f2a", condition=with_id)


# --- Time --------------------------------------------------------------------------------------


def in_the_last(term: Term, asked: Asked) -> Q:
    return Q(created_at__gte=asked.now - max(_span(value) for value in term.values))


def _span(value: Value) -> timedelta:
    found = span_of(value.text)
    if found is None:
        raise no_span(value.start, value.end)
    return found


def spans_offered(beginning: str, asked: Asked) -> Iterator[Choice]:
    spans = {
        "1h": _("Created in the last hour"),
        "24h": _("Created in the last 24 hours"),
        "7d": _("Created in the last 7 days"),
        "30d": _("Created in the last 30 days"),
    }
    return (Choice(value, label) for value, label in spans.items() if value.startswith(beginning))


def ran(longer: bool, term: Term, asked: Asked) -> Q:
    """Those whose last run took longer, or less long; one that runs took what it has run so far."""
    ran_until = Coalesce(F("ended_at"), Constant(asked.now, DateTimeField()))
    took = ExpressionWrapper(ran_until - F("started_at"), DurationField())
    limit = Constant(_span(term.values[0]), DurationField())
    if not term.negated:
        return Q((GreaterThan if longer else LessThan)(took, limit))
    otherwise: Any = (LessThanOrEqual if longer else GreaterThanOrEqual)(took, limit)
    return Q(otherwise) | Q(started_at__isnull=True)


add("last", _("Created in the last"), "last:24h", condition=in_the_last, choices=spans_offered)
add(LONGER, _("Ran longer than"), ">5m", among=partial(ran, True))
add(SHORTER, _("Ran less than"), "<1s", among=partial(ran, False))
