"""What an action of a list is for: the rows that are ticked, or all that match its filters and search.

All that match may be very many. They are counted up to a bound for the dialog, and done in batches for as
long as a person waits for a page; the dialog then says how far it came, and goes on where it stopped.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from tasks_app.admin.moments import moment_of
from tasks_app.display import COUNTED_ROWS, Text, labelled, more_than

BATCH = 200  # rows
PATIENCE = 15.0  # seconds that one click may take
NAMED = 20  # rows that a dialog names; of others it says how many they are
ACROSS, ASKED_AT, AFTER = "select_across", "asked_at", "after"

# Why a row is left alone, in words; "" for one that the action is done to.
type Refusal = Callable[[Any], Text]


@dataclass(frozen=True)
class Selection:
    """`rows` that an action is for; where they are `all` that match, only those from before it was asked."""

    rows: QuerySet[Any]
    all: bool
    asked_at: datetime
    after: str = ""  # the key up to which they are done already
    ticked: tuple[str, ...] = ()
    was_told: bool = True  # the dialog has said how many they are

    def hidden(self, after: str = "") -> list[tuple[str, str]]:
        """What the dialog's answer needs to find them again; `after` for what is left of them."""
        pairs = [(ACTION_CHECKBOX_NAME, key) for key in self.ticked]
        if self.all:
            pairs += [(ACROSS, "1"), (ASKED_AT, self.asked_at.isoformat())]
        return [*pairs, (AFTER, after)] if after else pairs

    def batches(self) -> Iterator[list[Any]]:
        """Their keys, in the order of keys, a batch at a time; each is asked for when it is wanted."""
        after, rows = self.after, self.rows.order_by("pk")
        while keys := list(
            (rows.filter(pk__gt=after) if after else rows).values_list("pk", flat=True)[:BATCH]
        ):
            yield keys
            after = keys[-1]


def selected(request: HttpRequest, queryset: QuerySet[Any], born: str) -> Selection:
    """The selection of an action's request; `born` is the column that says when a row came to be."""
    ticked = tuple(request.POST.getlist(ACTION_CHECKBOX_NAME))
    now, after = timezone.now(), request.POST.get(AFTER, "")
    if request.POST.get(ACROSS, "0") in ("", "0"):
        return Selection(queryset.model._default_manager.filter(pk__in=ticked), False, now, after, ticked)
    asked_at = min(moment_of(request.POST.get(ASKED_AT, "")) or now, now)
    rows = queryset.filter(**{f"{born}__lte": asked_at})
    return Selection(rows, True, asked_at, after, ticked[:1], ASKED_AT in request.POST)


# --- Before ------------------------------------------------------------------------------------


@dataclass
class Sorted:
    """The rows of a selection that the action is done to, and those left alone; read up to a bound."""

    taken: list[Any] = field(default_factory=list)
    left: list[tuple[Any, Text]] = field(default_factory=list)
    is_beyond: bool = False  # there are more than were read

    @property
    def count(self) -> str:
        return more_than(COUNTED_ROWS + 1, COUNTED_ROWS) if self.is_beyond else grouped(len(self.taken))

    def names(self, name_of: Callable[[Any], str]) -> list[Text]:
        names: list[Text] = [name_of(row) for row in self.taken[:NAMED]]
        return [*names, *others(len(self.taken), self.is_beyond)]

    def left_out(self, name_of: Callable[[Any], str]) -> list[Text]:
        """Each with its reason; where they are many, how many for each reason."""
        if len(self.left) <= NAMED and not self.is_beyond:
            return [labelled(name_of(row), why) for row, why in self.left]
        return reasons(Counter(str(why) for _row, why in self.left))


def sorted_out(selection: Selection, rows_of: Callable[[list[Any]], Iterable[Model]], why: Refusal) -> Sorted:
    found, read = Sorted(), 0
    for keys in selection.batches():
        if read >= COUNTED_ROWS:
            found.is_beyond = True
            break
        read += len(keys)
        for row in rows_of(keys):
            if reason := why(row):
                found.left.append((row, reason))
            else:
                found.taken.append(row)
    return found


def others(count: int, is_beyond: bool) -> list[Text]:
    """ "… and 100 others", after the first that are named; nothing where all are."""
    if count <= NAMED:
        return []
    more = _("… and more than %(count)s others") if is_beyond else _("… and %(count)s others")
    return [more % {"count": grouped(count - NAMED)}]


def reasons(counts: Counter[str]) -> list[Text]:
    """ "it has ended: 1,234"."""
    return [labelled(why, grouped(count)) for why, count in counts.most_common()]


def grouped(count: int) -> str:
    return number_format(count, force_grouping=True)


# --- Doing it ----------------------------------------------------------------------------------


@dataclass
class Progress:
    """What was done of a selection, by outcome, and why the rest of it was left alone."""

    done: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    after: str = ""  # the key where the time was up; "" at the end


def in_batches(
    selection: Selection,
    rows_of: Callable[[list[Any]], Iterable[Model]],
    why: Refusal,
    act: Callable[[list[Any]], Iterable[str]],
) -> Progress:
    """Do it to batch after batch until they are done or the time is up; `act` says what came of each row."""
    progress, deadline = Progress(), time.monotonic() + PATIENCE
    for keys in selection.batches():
        if progress.after and time.monotonic() > deadline:
            return progress
        rows = list(rows_of(keys))
        refused = {row.pk: str(why(row)) for row in rows}
        progress.left.update(reason for reason in refused.values() if reason)
        progress.done.update(act([row for row in rows if not refused[row.pk]]))
        progress.after = str(keys[-1])
    progress.after = ""
    return progress
