"""What is found by its contents: rows of a table that grows. The domain registers its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import override

from tasks_app.catalogue import kind_of
from tasks_app.models import Job, SearchText
from tasks_app.models.search import TEXT_INDEX
from tasks_app.search.arguments import forget_arguments, keep_arguments, with_arguments
from tasks_app.subject import listed, subject_of

__all__ = ["JOB", "TEXT_INDEX", "Thing", "job_words", "register", "thing_of", "things"]


@dataclass(frozen=True)
class Thing:
    """Rows of one table, by `created_at`, which has an index with the key behind it and never changes."""

    name: str  # as the table of texts has it
    # The columns that `texts` reads, and no longer ones.
    rows: Callable[[], QuerySet[Any]]
    # What each of these rows is found by. No secret may be among it, nor what a list does not show.
    texts: Callable[[Sequence[Any]], Iterable[Sequence[str]]]
    # Columns whose beginnings have an index of their own, for databases that have none of contents.
    beginnings: Sequence[str] = ()
    # What else is kept of such rows, and forgotten with these keys.
    keep: Callable[[Sequence[Any]], object] = lambda rows: None
    forget: Callable[[Sequence[Any]], object] = lambda keys: None

    def without_text(self) -> QuerySet[Any]:
        """The rows whose texts are not in the table."""
        known = SearchText.objects.filter(
            thing=self.name, ref=Cast(OuterRef("pk"), CharField(max_length=255))
        )
        return self.rows().filter(~Exists(known))

    def ref_of(self, row: Any) -> str:
        """Its key, as `CAST(… AS varchar)` has it."""
        return str(row._meta.pk.get_db_prep_value(row.pk, connection))

    def refs(self, keys: Iterable[Any]) -> list[str]:
        pk = self.rows().model._meta.pk
        return [str(pk.get_db_prep_value(key, connection)) for key in keys]

    def keys(self, refs: Iterable[str]) -> list[Any]:
        pk = self.rows().model._meta.pk
        return [pk.to_python(ref) for ref in refs]


_things: dict[str, Thing] = {}


def register(thing: Thing) -> Thing:
    _things[thing.name] = thing
    return thing


def things() -> list[Thing]:
    return list(_things.values())


def thing_of(name: str) -> Thing:
    return _things[name]


# --- Jobs --------------------------------------------------------------------------------------

# The domain adds what else some of these jobs are found by: functions that return words by the job's id.
job_words: list[Callable[[Sequence[Job]], Mapping[str, Sequence[str]]]] = []


def _job_texts(jobs: Sequence[Job]) -> Iterable[Sequence[str]]:
    more: dict[str, list[str]] = defaultdict(list)
    for words in job_words:
        for job_id, said in words(jobs).items():
            more[job_id].extend(said)
    return [[job.about, *_in_other_languages(job), *more[job.pk]] for job in jobs]


def _in_other_languages(job: Job) -> list[str]:
    """What it is about where pages say that in their reader's language."""
    kind = kind_of(job.name)
    if kind is None or not kind.about_in_words:
        return []
    said = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            said.append(subject_of(job))
    return said


JOB = register(
    Thing(
        "job",
        rows=lambda: with_arguments(listed(Job.objects.only("name", "about", "created_at", "scheduled_for"))),
        texts=_job_texts,
        beginnings=("about",),
        keep=keep_arguments,
        forget=forget_arguments,
    )
)
