"""What a condition of an audience may ask of a recipient, and in which ways.

Another subject is a line of `_BUILT_IN`; the house's own fields are subjects by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from django.conf import settings
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.models import Comparison, FieldType, RecipientField
from backoffice.people_lists.own import OWN

type Text = str | Promise


class Kind(Enum):
    """What is compared, and so how."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "date"
    CHOICE = "choice"
    TAG = "tag"
    TRUTH = "truth"
    WRITTEN = "written"  # when a message to them was last handed over


_FILLING = (Comparison.EMPTY, Comparison.FILLED)
_SAME = (Comparison.IS, Comparison.IS_NOT)
_SPANS = (Comparison.FROM, Comparison.UNTIL)
_DAYS = (*_SPANS, Comparison.LAST_DAYS, Comparison.NOT_LAST_DAYS)
COMPARISONS: dict[Kind, tuple[Comparison, ...]] = {
    Kind.TEXT: (*_SAME, Comparison.CONTAINS, Comparison.CONTAINS_NOT, *_FILLING),
    Kind.NUMBER: (*_SAME, *_SPANS, *_FILLING),
    Kind.DAY: (Comparison.IS, *_DAYS, *_FILLING),
    Kind.CHOICE: (*_SAME, *_FILLING),
    Kind.TAG: (*_SAME, *_FILLING),
    Kind.TRUTH: (Comparison.IS,),
    Kind.WRITTEN: (*_DAYS, *_FILLING),
}


@dataclass(frozen=True)
class Subject:
    key: str
    label: Text
    kind: Kind
    column: str = ""  # of the recipient
    own: RecipientField | None = None

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        return COMPARISONS[self.kind]

    def choices(self) -> list[tuple[str, Text]]:
        """Of a choice, what is stored and what it is called."""
        if self.own is not None:
            return [(one, one) for one in self.own.chosen_from()]
        return list(settings.LANGUAGES)


_BUILT_IN = (
    Subject("language", _("Language"), Kind.CHOICE, "language"),
    Subject("company", _("Company"), Kind.TEXT, "company"),
    Subject("tag", _("Tag"), Kind.TAG),
    Subject("name", _("Name"), Kind.TEXT, "name"),
    Subject("email", _("Email address"), Kind.TEXT, "email"),
    Subject("zone", _("Time zone"), Kind.TEXT, "zone"),
    Subject("written", _("Last written to"), Kind.WRITTEN),
    Subject("opted_out", _("Opted out (yes or no)"), Kind.TRUTH, "active"),
    Subject("added", _("Added"), Kind.DAY, "created_at"),
)
_KINDS = {
    FieldType.TEXT: Kind.TEXT,
    FieldType.NUMBER: Kind.NUMBER,
    FieldType.DATE: Kind.DAY,
    FieldType.CHOICE: Kind.CHOICE,
}


def subjects() -> dict[str, Subject]:
    """All there are now, by key, the house's own last."""
    own = (
        Subject(f"{OWN}{one.name}", one.label, _KINDS[FieldType(one.type)], own=one)
        for one in RecipientField.objects.all()
    )
    return {one.key: one for one in (*_BUILT_IN, *own)}


def either(questions: Iterable[Q]) -> Q:
    """Any of them; nobody where there is none."""
    found = Q(pk=None)
    for question in questions:
        found |= question
    return found
