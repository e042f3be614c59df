"""What the search box of a list finds, and what the page says beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from tasks_app.admin.common import starts_with
from tasks_app.db import shared_time
from tasks_app.db.among import Among, AmongDated
from tasks_app.db.folding import SIGNS, pattern_of, searchable, words_of
from tasks_app.search.finding import MOST, find
from tasks_app.search.saying import note, said_of, short
from tasks_app.search.things import Thing

_NEWEST_READ = _(
    "The newest %(count)s of this list were looked through. Choose days or a person to look further back."
)


def in_texts(
    request: HttpRequest,
    thing: Thing,
    rows: QuerySet[Any],
    term: str,
    also: Iterable[Any] = (),
    *,
    short: bool = False,
) -> QuerySet[Any]:
    """Of a table that grows: by its contents. `also` are the keys of rows that were found otherwise; `short`
    says that the list is, mostly."""
    return with_words(request, thing, rows, words_of(term), term, also, short=short)


def with_words(
    request: HttpRequest,
    thing: Thing,
    rows: QuerySet[Any],
    words: Sequence[str],
    term: str,
    also: Iterable[Any] = (),
    *,
    short: bool = False,
) -> QuerySet[Any]:
    """As `in_texts`, by words that were folded already; a word may have blanks in it."""
    if not words:
        return rows.filter(Among("pk", also))
    also = list(also)
    found = find(thing, words, rows, also, short=short)
    note(request, said_of(found, words, shared_time.now()))
    matching = Q(AmongDated("pk", "created_at", found.found, [*found.keys, *also]))
    if not found.indexed:
        for column in thing.beginnings:
            matching |= begins_with(column, term.strip())
    return rows.filter(matching)


def in_column(request: HttpRequest, rows: QuerySet[Any], term: str, column: str = "folded") -> QuerySet[Any]:
    """Of a table with a FoldedField."""
    words = words_of(term)
    note(request, short(words))
    for word in words:
        rows = rows.filter(**{f"{column}__contains": pattern_of(word)})
    return rows if words else rows.none()


def by_reading(request: HttpRequest, rows: QuerySet[Any], term: str, columns: Sequence[str]) -> QuerySet[Any]:
    """Of a table that stays small: its texts are read. Beyond so many rows the database compares them."""
    words = words_of(term)
    patterns = [pattern_of(word) for word in words]
    read = list(rows.order_by().values_list("pk", *columns)[: MOST + 1])
    if len(read) > MOST:
        wanted = [
            Q(*[(f"{column}__icontains", word) for column in columns], _connector=Q.OR) for word in words
        ]
        return rows.filter(*wanted)
    note(request, short(words))
    found = [pk for pk, *texts in read if _has_all(searchable(map(str, texts)), patterns)]
    return rows.filter(Among("pk", found if words else ()))


def among_newest(
    request: HttpRequest, rows: QuerySet[Any], term: str, columns: Sequence[str]
) -> QuerySet[Any]:
    """Of a table that grows, and whose contents have no index: the newest of this list are read."""
    words = words_of(term)
    patterns = [pattern_of(word) for word in words]
    read = list(rows.order_by("-pk").values_list("pk", *columns)[: MOST + 1])
    note(request, short(words))
    if len(read) > MOST:
        note(request, [_NEWEST_READ % {"count": number_format(MOST, force_grouping=True)}])
    found = [pk for pk, *texts in read[:MOST] if _has_all(searchable(map(str, texts)), patterns)]
    return rows.filter(Among("pk", found if words else ()))


def with_beginning(rows: QuerySet[Any], column: str, term: str) -> QuerySet[Any, Any] | None:
    """The keys of rows whose column begins with the term, in its own index: of an id, say. None where it is
    too short for that."""
    if len(term) < SIGNS:
        return None
    return rows.filter(starts_with(column, term)).order_by().values_list("pk", flat=True)[:MOST]


def begins_with(field: str, term: str) -> Q:
    """As `common.starts_with`, and with a capital: addresses and ids have none, titles begin with one."""
    return starts_with(field, term) | starts_with(field, term[:1].upper() + term[1:])


def _has_all(text: str, patterns: Sequence[str]) -> bool:
    return all(pattern in text for pattern in patterns)
