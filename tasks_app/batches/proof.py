"""Proof of repair: of what was run again, how much failed again with the same cause, and what else came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import ngettext, npgettext

from tasks_app.models import Batch, BatchState, ItemState
from tasks_app.models.batch import OUTCOMES

SHOWN = 5  # batches of one cause, the latest


@dataclass(frozen=True)
class Part:
    """A part of the sentence, and the list of exactly those jobs."""

    text: str
    count: int
    url: str


@dataclass(frozen=True)
class Proof:
    batch: Batch
    parts: list[Part]

    @property
    def url(self) -> str:
        return reverse("admin:tasks_app_batch_change", args=[self.batch.pk])

    @property
    def at(self) -> datetime | None:
        return self.batch.counted_at

    @property
    def holds(self) -> bool:
        """All that were launched ended, and none with the same cause."""
        launched = self.batch.launched
        return bool(launched) and launched == self.batch.count(states=_ENDED) and not self._again

    @property
    def _again(self) -> int:
        return self.batch.count(states=(ItemState.SAME_CAUSE,))

    def __str__(self) -> str:
        """ "0 of 412 failed again with it; 409 succeeded; 3 failed with another." """
        return f"{'; '.join(part.text for part in self.parts)}."


_BEFORE = (BatchState.PREPARING, BatchState.READY)
_ENDED = tuple(state for state in OUTCOMES if state != ItemState.UNKNOWN)


def of_batch(batch: Batch) -> Proof | None:
    """None before it launched anything."""
    if not batch.launched:
        return None
    return Proof(batch, [_again(batch), *_others(batch)])


def of_cause(kind: str, cause: str) -> tuple[list[Proof], list[Batch]]:
    """Of the latest batches of one cause of one kind; and those of them that launched nothing yet."""
    latest = Batch.objects.filter(kind=kind, cause=cause).select_related("by").order_by("-created_at")
    batches = list(latest[:SHOWN])
    proofs = [found for batch in batches if (found := of_batch(batch))]
    return proofs, [batch for batch in batches if batch.state in _BEFORE]


def items_url(batch: Batch, state: str = "", item_class: str = "") -> str:
    """The list of exactly these items."""
    query = {"batch": str(batch.pk), "state": state, "class": item_class}
    given = {name: value for name, value in query.items() if value}
    return reverse("admin:tasks_app_batchitem_changelist", query=given)


def _again(batch: Batch) -> Part:
    count, launched = batch.count(states=(ItemState.SAME_CAUSE,)), batch.launched
    words = ngettext(
        "%(count)s of %(launched)s failed again with it",
        "%(count)s of %(launched)s failed again with it",
        count,
    )
    said = words % {"count": _grouped(count), "launched": _grouped(launched)}
    return Part(said, count, items_url(batch, ItemState.SAME_CAUSE))


def _others(batch: Batch) -> list[Part]:
    """What else came of them: nothing is said of none."""
    found = []
    for state in (*OUTCOMES, ItemState.LAUNCHED):
        count = batch.count(states=(state,))
        if count and state != ItemState.SAME_CAUSE:
            found.append(Part(_in_words(state, count), count, items_url(batch, state)))
    return found


def _in_words(state: str, count: int) -> str:
    match state:
        case ItemState.SUCCEEDED:
            words = npgettext("of a batch", "%(count)s succeeded", "%(count)s succeeded", count)
        case ItemState.FAILED:
            words = ngettext("%(count)s failed with another", "%(count)s failed with another", count)
        case ItemState.CANCELLED:
            words = ngettext("%(count)s was cancelled", "%(count)s were cancelled", count)
        case ItemState.UNKNOWN:
            words = ngettext("%(count)s is of unknown outcome", "%(count)s are of unknown outcome", count)
        case ItemState.FORGOTTEN:
            words = ngettext("%(count)s is no longer kept", "%(count)s are no longer kept", count)
        case _:
            words = ngettext("%(count)s is still to come", "%(count)s are still to come", count)
    return words % {"count": _grouped(count)}


def _grouped(count: int) -> str:
    return number_format(count, force_grouping=True)
