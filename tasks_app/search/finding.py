"""The rows that have all the words of a search: by the index of contents, or among the newest of a list.

An index finds few rows at once, however many there are. For words that very many have, or that no index can
look for, the newest rows of the list are looked through instead. And a few that are not in the table yet are
looked at themselves, so that what somebody did a moment ago is found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from tasks_app.db.among import Among, Keys
from tasks_app.db.folding import SIGNS, pattern_of
from tasks_app.db.patience import in_time, no_table_read_whole
from tasks_app.db.ranges import Part, part_of
from tasks_app.display import COUNTED_ROWS
from tasks_app.models import SearchProgress, SearchText
from tasks_app.search.texts import texts_of
from tasks_app.search.things import TEXT_INDEX, Thing

MOST = COUNTED_ROWS  # of rows that are found, and of the newest that are looked through
FIRST = 100  # of what is found, that a page may show
SHORT = 1_000  # rows of a list that is looked through before the index is asked
FEW = 50  # rows that were found otherwise, which are told from what is found
FRESH = 500  # rows that are not in the table yet
PATIENCE = 300  # milliseconds of each of its questions
# pg_trgm makes signs of words alone, with the blank before a word.
_OF_WORDS = re.compile(r"[^\W_]{3}|^ [^\W_]")


@dataclass(frozen=True)
class Found:
    found: Keys  # of the table
    keys: Sequence[Any] = ()  # of what is not in the table yet
    whole: bool = True  # all rows were asked, not the newest alone
    newest: int = 0  # how many of these were
    in_time: bool = True  # the database had the time to say which of these have the words
    fresh: bool = True  # all that are not in the table yet were looked at
    indexed: bool = True  # there is an index of contents
    progress: SearchProgress | None = None  # None: nothing was ever filled in


def find(
    thing: Thing,
    words: Sequence[str],
    rows: QuerySet[Any],
    others: Sequence[Any] = (),
    *,
    short: bool = False,
) -> Found:
    """Which have all these words: all such rows there are, or those among the newest of `rows`.

    The `others` were found otherwise: they are told apart, so that the total has each row once. Where the
    list is mostly `short`, though very many other rows may have the words, it is looked through first.
    """
    patterns, using = [pattern_of(word) for word in words], rows.db
    progress, indexed = _progress(thing)
    fresh = _fresh(thing, patterns, progress)  # before the table: what comes in meanwhile is found twice
    if short and (keys := _among_few(thing, patterns, rows)) is not None:
        return Found(keys, fresh.keys, fresh=fresh.fresh, indexed=indexed, progress=progress)
    both = [*others, *fresh.keys]
    keys = in_time(using, PATIENCE, lambda: _everywhere(thing, patterns, both)) if indexed else None
    if keys is not None:
        return Found(keys, fresh.keys, fresh=fresh.fresh, indexed=indexed, progress=progress)
    dated, looked, whole = _among_newest(thing, patterns, rows)
    found = Keys(sorted(dated or (), reverse=True))
    return Found(found, fresh.keys, whole, looked, dated is not None, fresh.fresh, indexed, progress)


def _progress(thing: Thing) -> tuple[SearchProgress | None, bool]:
    """How far the table is, and whether it has its index: one question."""
    rows = SearchProgress.objects.filter(thing=thing.name)
    progress: Any = rows.annotate(indexed=TEXT_INDEX.as_value()).first()
    indexed = getattr(progress, "indexed", None)
    return progress, TEXT_INDEX.is_there() if indexed is None else indexed


def _everywhere(thing: Thing, patterns: Sequence[str], others: Sequence[Any] = ()) -> Keys | None:
    """By the index: the newest, how many there are, and the others where they are wanted. None where no index
    can look for these, or too many have them."""
    part = _by_fts(thing, patterns) if connection.vendor == "sqlite" else _by_trigrams(thing, patterns)
    if part is None:
        return None
    few = thing.refs(others[: FEW + 1])
    with _index_alone(), connection.cursor() as cursor:
        cursor.execute(*_newest_of(part, few))
        found = [(_moment(moment), ref, count, twice) for moment, ref, count, twice in cursor.fetchall()]
    _at, _ref, count, twice = found[0] if found else (None, "", 0, 0)
    if count > MOST:
        return None
    # Rows and their texts go in one transaction: so many texts are so many rows.
    first = sorted(((moment, ref) for moment, ref, _count, _twice in found), reverse=True)
    total = count - twice + len(set(others)) if len(few) <= FEW else None
    return Keys(first, partial(_all, part) if count > len(first) else None, total)


def _newest_of(part: Part, others: Sequence[str]) -> Part:
    sql, values = part
    twice = ", ".join(["%s"] * len(others)) or "''"
    return (
        f"SELECT moment, ref, COUNT(*) OVER (), SUM(CASE WHEN ref IN ({twice}) THEN 1 ELSE 0 END) OVER ()"  # noqa: S608 - ours
        f" FROM ({sql}) found ORDER BY moment DESC LIMIT {FIRST}",
        [*others, *values],
    )


def _all(part: Part) -> list[tuple[datetime, str]]:
    with transaction.atomic(), _index_alone(), connection.cursor() as cursor:
        cursor.execute(*part)
        return sorted(((_moment(moment), ref) for moment, ref in cursor.fetchall()), reverse=True)


def _index_alone() -> AbstractContextManager[None]:
    return nullcontext() if connection.vendor == "sqlite" else no_table_read_whole()


def _moment(value: datetime | str) -> datetime:
    """SQLite has texts in UTC, and says of few that they are moments."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _by_trigrams(thing: Thing, patterns: Sequence[str]) -> Part | None:
    if not any(_OF_WORDS.search(pattern) for pattern in patterns):
        return None
    return part_of(_cut(_with_all(patterns, SearchText.objects.filter(thing=thing.name))))


def _by_fts(thing: Thing, patterns: Sequence[str]) -> Part | None:
    phrases = ['"' + pattern.replace('"', '""') + '"' for pattern in patterns if len(pattern) >= SIGNS]
    if not phrases:
        return None
    short = [pattern for pattern in patterns if len(pattern) < SIGNS]
    index, table = TEXT_INDEX.name, TEXT_INDEX.table
    having = "".join(" AND instr(texts.text, %s)" for _pattern in short)
    return (
        f"SELECT moment, ref FROM {index} CROSS JOIN {table} AS texts ON texts.id = {index}.rowid"  # noqa: S608 - ours
        f" WHERE {index} MATCH %s AND thing = %s{having} LIMIT {MOST + 1}",
        [" AND ".join(phrases), thing.name, *short],
    )


def _with_all(patterns: Sequence[str], texts: QuerySet[SearchText]) -> QuerySet[SearchText]:
    for pattern in patterns:
        texts = texts.filter(text__contains=pattern)
    return texts


def _cut(texts: QuerySet[SearchText]) -> QuerySet[SearchText, tuple[datetime, str]]:
    return texts.order_by().values_list("moment", "ref")[: MOST + 1]


def _among_newest(
    thing: Thing, patterns: Sequence[str], rows: QuerySet[Any]
) -> tuple[list[tuple[datetime, str]] | None, int, bool]:
    """Those with the words, how many were looked through, whether all; fewer where that is slow."""
    for most in (MOST, MOST // 10):
        newest = in_time(rows.db, PATIENCE, partial(_newest, rows, most))
        if newest is None:
            continue
        dated = in_time(rows.db, PATIENCE, partial(_among, thing, patterns, newest))
        if dated is not None:
            return dated, len(newest), len(newest) < most
    return None, 0, False


def _among_few(thing: Thing, patterns: Sequence[str], rows: QuerySet[Any]) -> Keys | None:
    """None where the list is not short after all."""
    newest = _newest(rows, SHORT + 1)
    return Keys(sorted(_among(thing, patterns, newest), reverse=True)) if len(newest) <= SHORT else None


def _newest(rows: QuerySet[Any], most: int) -> list[Any]:
    return list(rows.order_by("-created_at", "-pk").values_list("pk", flat=True)[:most])


def _among(thing: Thing, patterns: Sequence[str], keys: Sequence[Any]) -> list[tuple[datetime, str]]:
    texts = SearchText.objects.filter(Among("ref", thing.refs(keys)), thing=thing.name)
    return list(_cut(_with_all(patterns, texts)))


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
        return Found(Keys(()), fresh=False)
    texts = texts_of(thing, rows[:FRESH])
    keys = [
        row.pk for row, text in zip(rows, texts, strict=False) if all(pattern in text for pattern in patterns)
    ]
    return Found(Keys(()), keys, fresh=len(rows) <= FRESH)
