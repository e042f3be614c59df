"""The jobs that a search means: qualifiers by indexes, words by their contents, spans among the newest."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Collate
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from tasks_app.admin.jobs.query import arguments as arguments  # each registers its qualifier
from tasks_app.admin.jobs.query import batches as batches
from tasks_app.admin.jobs.query.qualifiers import JOBS
from tasks_app.admin.searching import with_beginning, with_words
from tasks_app.db import shared_time
from tasks_app.db.among import Among
from tasks_app.db.folding import MOST_WORDS, fold
from tasks_app.db.patience import in_time
from tasks_app.db.ranges import Part, among_first, part_of, values_of_each
from tasks_app.models import Job, JobAttempt
from tasks_app.notices import codes_saying
from tasks_app.search.finding import MOST, PATIENCE
from tasks_app.search.query.language import Asked
from tasks_app.search.query.mistakes import QueryError
from tasks_app.search.query.terms import Term
from tasks_app.search.saying import note, refuse
from tasks_app.search.things import JOB

type Condition = Callable[[Term, Asked], Q]

# How many of the latest failed attempts a search for words of an error reads.
SEARCHED_ATTEMPTS = 5_000
TRACE_ID = re.compile("[0-9a-fA-F]{32}")


def matching(request: HttpRequest, rows: QuerySet[Job], text: str) -> QuerySet[Job]:
    """None for a search that cannot be read: nothing is done to all rows by mistake. The page says why."""
    try:
        return _matching(request, rows, text)
    except QueryError as error:
        refuse(request, error)
        return rows.none()


def _matching(request: HttpRequest, rows: QuerySet[Job], text: str) -> QuerySet[Job]:
    terms = JOBS.read(text)
    asked = Asked(request.user, shared_time.now(), lambda sentence: note(request, [sentence]))
    # All of them first, so that a mistake is found before anything is looked for.
    conditions, later = [], []
    for term in terms:
        qualifier = JOBS.qualifier_of(term) if term.name else None
        if qualifier and qualifier.condition:
            conditions.append(_as_asked(qualifier.condition, qualifier.without, term, asked))
        elif qualifier and qualifier.among:
            later.append(qualifier.among(term, asked))
    for condition in conditions:
        rows = rows.filter(condition)
    rows = _with_words(request, rows, [term for term in terms if not term.name])
    for condition in later:
        rows = _among_newest(condition, asked, rows)
    return rows


def _as_asked(condition: Condition, without: Condition | None, term: Term, asked: Asked) -> Q:
    if not term.negated:
        return condition(term, asked)
    return without(term, asked) if without else ~condition(term, asked)


# --- What no index answers ---------------------------------------------------------------------


def _among_newest(condition: Q, asked: Asked, rows: QuerySet[Job]) -> QuerySet[Job]:
    """Where the newest rows end is asked of their index: the list itself reads as far as its page needs."""
    newest = rows.order_by("-created_at", "-pk").values_list("created_at", "pk")
    found = in_time(rows.db, PATIENCE, lambda: list(newest[MOST - 1 : MOST + 1]))
    if found is None:
        asked.note(_("Not all was looked through: it would take too long. Add a word or a filter."))
        return rows.none()
    if len(found) > 1:
        asked.note(
            _("How long jobs ran is looked for among the newest %(count)s of this list.")
            % {"count": number_format(MOST, force_grouping=True)}
        )
        last, key = found[0]
        rows = rows.filter(Q(created_at__gt=last) | Q(created_at=last, pk__gte=key), created_at__gte=last)
    return rows.filter(condition)


# --- Words -------------------------------------------------------------------------------------


def _with_words(request: HttpRequest, rows: QuerySet[Job], terms: Sequence[Term]) -> QuerySet[Job]:
    wanted = [term.values[0].text for term in terms if not term.negated]
    if wanted:
        words = _folded(wanted)
        together = " ".join(wanted)  # an id, or words of an error as they follow each other
        rows = with_words(request, JOB, rows, words, together, _found_otherwise(together))
    for term in terms:
        if term.negated:
            rows = _without(request, rows, term.values[0].text)
    return rows


def _without(request: HttpRequest, rows: QuerySet[Job], text: str) -> QuerySet[Job]:
    """Without those that the same word finds."""
    found = with_words(request, JOB, rows, _folded([text]), text, values_of_each([_with_error(text)]))
    keys = list(found.order_by("-created_at", "-pk").values_list("pk", flat=True)[:MOST])
    return rows.filter(~Q(Among("pk", keys)))


def _folded(texts: Sequence[str]) -> list[str]:
    """A quotation stays together: it is looked for as it is written."""
    return [one for one in dict.fromkeys(fold(text) for text in texts) if one][:MOST_WORDS]


def _found_otherwise(term: str) -> list[str]:
    """Jobs by the beginning of their id, by an error, by the whole id of their trace: in one statement."""
    parts = [_with_error(term)]
    if (beginning := with_beginning(Job.objects.all(), "id", term)) is not None:
        parts.append(part_of(beginning))
    if TRACE_ID.fullmatch(term):
        parts.append(part_of(Job.objects.of_trace(term).order_by().values_list("pk", flat=True)[:MOST]))
    return values_of_each(parts)


def _with_error(term: str) -> Part:
    """Jobs whose error has the term, as it is read here or as it was written, among the latest failed
    attempts."""
    latest = JobAttempt.objects.alias(words=_in_capitals_at_once(term)).order_by("-ended_at")
    said = Q(words__icontains=term) | Q(cause__in=codes_saying(term))
    return among_first(latest, SEARCHED_ATTEMPTS, "job_id", said)


def _in_capitals_at_once(term: str) -> Collate | F:
    """The error, as PostgreSQL compares letters: one by one by the rules of a language, but for those that
    English has, of which it knows the capitals."""
    plain = term.isascii() and connection.vendor == "postgresql"
    return Collate("error", "C") if plain else F("error")
