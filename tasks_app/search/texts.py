"""The texts of rows, as the table keeps them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from tasks_app.db.bad_rows import all_or_each, is_of_one_row
from tasks_app.db.folding import searchable
from tasks_app.models import SearchText
from tasks_app.search.things import Thing

logger = logging.getLogger(__name__)


def texts_of(thing: Thing, rows: Sequence[Any]) -> list[str]:
    """A row of which nothing can be said has none, and stops no other."""
    try:
        return [searchable(texts) for texts in thing.texts(rows)]
    except Exception as error:
        if not is_of_one_row(error):
            raise
        if len(rows) == 1:
            logger.warning("%s %s cannot be made searchable: %s", thing.name, rows[0].pk, error)
            return [""]
    return [text for row in rows for text in texts_of(thing, [row])]


def add(thing: Thing, rows: Sequence[Any]) -> None:
    """Write their texts; one that is there already stays as it is."""
    made = [_made(thing, row, text) for row, text in zip(rows, texts_of(thing, rows), strict=True)]
    if made:
        thing.keep(rows)
        all_or_each(made, _insert, lambda one, error: _insert([_without_text(one)]))


def _made(thing: Thing, row: Any, text: str) -> SearchText:
    return SearchText(thing=thing.name, ref=thing.ref_of(row), text=text, moment=row.created_at)


def _insert(some: Sequence[SearchText]) -> None:
    SearchText.objects.bulk_create(some, ignore_conflicts=True)


def _without_text(one: SearchText) -> SearchText:
    one.text = ""
    return one


def renew(thing: Thing, most: int) -> int:
    """Write anew what was marked; how many that were."""
    stale = SearchText.objects.filter(thing=thing.name, stale=True)
    refs = list(stale.order_by("id").values_list("ref", flat=True)[:most])
    if refs:
        SearchText.objects.filter(thing=thing.name, ref__in=refs).delete()
        add(thing, list(thing.rows().filter(pk__in=thing.keys(refs))))
    return len(refs)
