"""The rows that have all the words of a search: by the index of contents, or among the newest of a list.

An index finds few rows at once, however many there are. For words that very many have, or that no index can
look for, the newest rows of the list are looked through instead. And a few that are not in the table yet are
looked at themselves, so that what somebody did a moment ago is found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce

from tasks_app.db.among import Among
from tasks_app.db.folding import SIGNS, pattern_of
from tasks_app.db.patience import in_time, no_table_read_whole
from tasks_app.display import COUNTED_ROWS
from tasks_app.models import SearchProgress, SearchText
from tasks_app.search.texts import texts_of
from tasks_app.search.things import TEXT_INDEX, Thing

MOST = COUNTED_ROWS  # of rows that are found, and of the newest that are looked through
FRESH = 500  # rows that are not in the table yet
PATIENCE = 300  # milliseconds of each of its questions
# pg_trgm makes signs of words alone, with the blank before a word.
_OF_WORDS = re.compile(r"[^\W_]{3}|^ [^\W_]")


@dataclass(frozen=True)
class Found:
    keys: list[Any]
    whole: bool = True  # all rows were asked, not the newest alone
    newest: int = 0  # how many of these were
    in_time: bool = True  # the database had the time to say which of these have the words
    fresh: bool = True  # all that are not in the table yet were looked at
    indexed: bool = True  # there is an index of contents
    progress: SearchProgress | None = None  # None: nothing was ever filled in


def find(thing: Thing, words: Sequence[str], rows: QuerySet[Any]) -> Found:
    """Which have all these words: all such rows there are, or those among the newest of `rows`."""
    patterns, using = [pattern_of(word) for word in words], rows.db
    progress = SearchProgress.objects.filter(thing=thing.name).first()
    indexed = TEXT_INDEX.is_there()
    fresh = _fresh(thing, patterns, progress)  # before the table: what comes in meanwhile is found twice
    refs = in_time(using, PATIENCE, lambda: _everywhere(thing, patterns)) if indexed else None
    whole, looked = refs is not None and len(refs) <= MOST, 0
    if not whole:
        refs, looked, whole = _among_newest(thing, patterns, rows)
    keys = [*thing.keys(refs or []), *fresh.keys]
    return Found(keys, whole, looked, refs is not None, fresh.fresh, indexed, progress)


def _everywhere(thing: Thing, patterns: Sequence[str]) -> list[str] | None:
    """One more than the most for more; None where no index can look for these."""
    if connection.vendor == "sqlite":
        return _by_fts(thing, patterns)
    if not any(_OF_WORDS.search(pattern) for pattern in patterns):
        return None
    with no_table_read_whole():
        # As an expression, which the table's other index does not have: half of the table is one thing.
        texts = SearchText.objects.alias(of=Coalesce("thing", Value(""))).filter(of=thing.name)
        return _refs_with(patterns, texts)


def _by_fts(thing: Thing, patterns: Sequence[str]) -> list[str] | None:
    phrases = ['"' + pattern.replace('"', '""') + '"' for pattern in patterns if len(pattern) >= SIGNS]
    if not phrases:
        return None
    short = [pattern for pattern in patterns if len(pattern) < SIGNS]
    index, table = TEXT_INDEX.name, TEXT_INDEX.table
    having = "".join(" AND instr(texts.text, %s)" for _pattern in short)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ref FROM {index} CROSS JOIN {table} AS texts ON texts.id = {index}.rowid"  # noqa: S608 - ours
            f" WHERE {index} MATCH %s AND thing = %s{having} LIMIT %s",
            [" AND ".join(phrases), thing.name, *short, MOST + 1],
        )
        return [ref for (ref,) in cursor.fetchall()]


def _refs_with(patterns: Sequence[str], texts: QuerySet[SearchText]) -> list[str]:
    for pattern in patterns:
        texts = texts.filter(text__contains=pattern)
    return list(_cut(texts))


def _cut(texts: QuerySet[SearchText]) -> QuerySet[SearchText, str]:
    return texts.order_by().values_list("ref", flat=True)[: MOST + 1]


def _among_newest(
    thing: Thing, patterns: Sequence[str], rows: QuerySet[Any]
) -> tuple[list[str] | None, int, bool]:
    """Those with the words, how many were looked through, whether all; fewer where that is slow."""
    for most in (MOST, MOST // 10):
        newest = in_time(rows.db, PATIENCE, partial(_newest, rows, most))
        if newest is None:
            continue
        refs = in_time(rows.db, PATIENCE, partial(_among, thing, patterns, newest))
        if refs is not None:
            return refs, len(newest), len(newest) < most
    return None, 0, False


def _newest(rows: QuerySet[Any], most: int) -> list[Any]:
    return list(rows.order_by("-created_at", "-pk").values_list("pk", flat=True)[:most])


def _among(thing: Thing, patterns: Sequence[str], keys: Sequence[Any]) -> list[str]:
    return _refs_with(patterns, SearchText.objects.filter(Among("ref", thing.refs(keys)), thing=thing.name))


def newest_without_text(thing: Thing, progress: SearchProgress | None = None) -> list[Any] | None:
    """Those that the table does not have yet, one more than the most for more; None where that is slow."""
    new = thing.without_text().order_by("-created_at", "-pk")
    progress = progress or SearchProgress.objects.filter(thing=thing.name).first()
    if progress is not None:
        new = new.filter(created_at__gte=progress.until)
    return in_time(new.db, PATIENCE, lambda: list(new[: FRESH + 1]))


def _fresh(thing: Thing, patterns: Sequence[str], progress: SearchProgress | None) -> Found:
    rows = newest_without_text(thing, progress)
    if rows is None:
        return Found([], fresh=False)
    texts = texts_of(thing, rows[:FRESH])
    keys = [
        row.pk for row, text in zip(rows, texts, strict=False) if all(pattern in text for pattern in patterns)
    ]
    return Found(keys, fresh=len(rows) <= FRESH)
