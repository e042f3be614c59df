"""Arguments by which jobs are found: of kinds that declare them, whole, and never a secret one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from django.db.models import Case, F, Q, QuerySet, When

from tasks_app.catalogue import kind_of, kinds, named_arguments
from tasks_app.db.bad_rows import is_of_one_row
from tasks_app.db.folding import fold
from tasks_app.ledger.json_values import from_json
from tasks_app.models import Job, JobArgument

LONGEST = 100  # characters of a value that is kept as it is
MOST_ELEMENTS = 20  # of a list
# Names of arguments that are keys end so; people leave it out.
KEY = "_id"

type Pair = tuple[str, str]


def names() -> dict[str, list[str]]:
    """What may stand after `arg.`, with the arguments that it means."""
    found: dict[str, list[str]] = {}
    for name in sorted({name for kind in kinds() for name in kind.searchable}):
        for typed in {name, name.removesuffix(KEY)}:
            found.setdefault(typed, []).append(name)
    return found


def stored(value: Any) -> str:
    """As it is kept, and looked for: without case or accents, since people type it."""
    text = fold({True: "true", False: "false"}[value] if isinstance(value, bool) else str(value))
    return text if len(text) <= LONGEST else sha256(text.encode()).hexdigest()


def pairs_of(job: Job) -> set[Pair]:
    """Name and value of each of its arguments that may be searched; each element of a list is one.

    Of a job of `with_arguments`.
    """
    kind = kind_of(job.name)
    if kind is None or not kind.searchable:
        return set()
    try:
        given = named_arguments(job.name, from_json(job.searched_args), from_json(job.searched_kwargs))  # type: ignore[attr-defined]  # with_arguments
    except Exception as error:  # kept by an older version, or written by hand: it stops no other
        if not is_of_one_row(error):
            raise
        return set()
    return {
        (name, stored(value)) for name in kind.searchable for value in _values(given.get(name)) if value != ""
    }


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, str | int | float):
        yield value
    elif isinstance(value, list):
        yield from (one for one in value[:MOST_ELEMENTS] if isinstance(one, str | int | float))


def with_arguments(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """With the arguments that are read here: a list leaves them out, since they may be long."""
    searched = Q(name__in=[kind.name for kind in kinds() if kind.searchable])
    return jobs.annotate(
        searched_args=Case(When(searched, then=F("args"))),
        searched_kwargs=Case(When(searched, then=F("kwargs"))),
    )


def keep_arguments(jobs: Sequence[Job]) -> None:
    """The table has what these jobs have, and nothing else of them."""
    wanted = {(job.pk, *pair): job for job in jobs for pair in pairs_of(job)}
    rows = JobArgument.objects.filter(job_id__in=[job.pk for job in jobs])
    known = {
        (job_id, name, value): pk
        for pk, job_id, name, value in rows.values_list("pk", "job_id", "name", "value")
    }
    made = [
        JobArgument(job_id=job_id, name=name, value=value, moment=wanted[job_id, name, value].created_at)
        for job_id, name, value in wanted.keys() - known.keys()
    ]
    JobArgument.objects.bulk_create(made, ignore_conflicts=True)
    if gone := [known[one] for one in known.keys() - wanted.keys()]:
        JobArgument.objects.filter(pk__in=gone).delete()


def forget_arguments(ids: Sequence[str]) -> None:
    JobArgument.objects.filter(job_id__in=ids).delete()


def ids_with(wanted: Iterable[Pair], most: int) -> list[str]:
    """The newest jobs with one of these arguments."""
    condition = Q()
    for name, value in wanted:
        condition |= Q(name=name, value=value)
    found = JobArgument.objects.filter(condition).order_by("-moment").values_list("job_id", flat=True)
    return list(found[:most])
