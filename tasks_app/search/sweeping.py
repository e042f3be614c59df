"""What the table of texts has, compared with what there is: from now backwards, a batch at each look.

The first time it brings what was there before the table was. Then it finds, once an hour or as fast as it
comes through, what no look could: rows of a past that was written today, words that changed, rows that went.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from tasks_app.db.bad_rows import row_by_row
from tasks_app.models import SearchProgress, SearchText
from tasks_app.search.texts import add, texts_of
from tasks_app.search.things import Thing

EVERY = timedelta(hours=1)  # from one beginning to the next


def sweep(thing: Thing, progress: SearchProgress, now: datetime, batch: int) -> bool:
    """Compare one batch; whether there is more of this sweep."""
    if not _is_under_way(progress):
        if progress.sweep_began_at is not None and _is_recent(progress.sweep_began_at, now):
            return False
        progress.sweep_began_at, progress.swept_to, progress.swept_ref = now, None, ""
    rows = list(row_by_row(_past(thing, progress)[:batch]))
    _compare(thing, rows, progress.swept_to, whole=len(rows) < batch)
    if len(rows) < batch:
        progress.swept_at, progress.swept_to, progress.swept_ref = now, None, ""
        return False
    progress.swept_to, progress.swept_ref = rows[-1].created_at, thing.ref_of(rows[-1])
    return True


def start_over(name: str) -> None:
    """Compare all of it again, as the first time: a past was written beside the clock."""
    SearchProgress.objects.filter(thing=name).update(sweep_began_at=None, swept_at=None, swept_to=None)


def _is_under_way(progress: SearchProgress) -> bool:
    if progress.sweep_began_at is None:
        return False
    return progress.swept_at is None or progress.swept_at < progress.sweep_began_at


def _is_recent(began: datetime, now: datetime) -> bool:
    """One that began in the future began before the time went back."""
    return timedelta() <= now - began < EVERY


def _past(thing: Thing, progress: SearchProgress) -> QuerySet[Any]:
    rows = thing.rows().order_by("-created_at", "-pk")
    if progress.swept_to is None:
        return rows
    [key] = thing.keys([progress.swept_ref])
    earlier = Q(created_at__lt=progress.swept_to) | Q(created_at=progress.swept_to, pk__lt=key)
    return rows.filter(earlier, created_at__lte=progress.swept_to)


def _compare(thing: Thing, rows: Sequence[Any], until: datetime | None, *, whole: bool) -> None:
    """`until` is where the batch begins, None for now; `whole`: nothing is older."""
    by_ref = {thing.ref_of(row): row for row in rows}
    texts = SearchText.objects.filter(thing=thing.name)
    known = dict(texts.filter(ref__in=by_ref).values_list("ref", "text"))
    add(thing, [row for ref, row in by_ref.items() if ref not in known])
    kept = [ref for ref in by_ref if ref in known]
    thing.keep([by_ref[ref] for ref in kept])
    for ref, text in zip(kept, texts_of(thing, [by_ref[ref] for ref in kept]), strict=True):
        if text != known[ref]:
            texts.filter(ref=ref).update(text=text)
    within = texts if until is None else texts.filter(moment__lte=until)
    if not whole:
        within = within.filter(moment__gte=rows[-1].created_at)
    _remove_orphans(thing, within, by_ref)


def _remove_orphans(thing: Thing, within: QuerySet[SearchText], known: dict[str, Any]) -> None:
    """Texts of a span whose rows are no more; where they are very many, the next sweep goes on."""
    others = list(
        within.order_by("-moment").exclude(ref__in=known).values_list("ref", flat=True)[: len(known) + 500]
    )
    there = set(thing.rows().model.objects.filter(pk__in=thing.keys(others)).values_list("pk", flat=True))
    gone = [ref for ref, key in zip(others, thing.keys(others), strict=True) if key not in there]
    if gone:
        thing.forget(thing.keys(gone))
        SearchText.objects.filter(thing=thing.name, ref__in=gone).delete()
