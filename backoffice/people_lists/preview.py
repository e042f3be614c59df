"""What an import would do, to be looked at before anything changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from backoffice.people_lists.columns import Columns
from backoffice.people_lists.labels import label_of
from backoffice.people_lists.own import Fields, written
from backoffice.people_lists.reading import read
from backoffice.people_lists.values import Wrong
from backoffice.people_lists.verdicts import Figures, Judge, Outcome, Verdict, kept

SHOWN = 100  # lines of each kind
CUT = 200  # characters of a cell


@dataclass
class Preview:
    columns: Columns
    figures: Figures = field(default_factory=Figures)
    notes: list[str] = field(default_factory=list)
    accepted: list[Verdict] = field(default_factory=list)  # the first of them; so below
    rejected: list[Verdict] = field(default_factory=list)
    returning: list[Verdict] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        self.figures.add(verdict)
        for shown, belongs in (
            (self.accepted, verdict.outcome in (Outcome.NEW, Outcome.CHANGED)),
            (self.rejected, verdict.outcome == Outcome.REJECTED),
            (self.returning, verdict.returns),
        ):
            if belongs and len(shown) < SHOWN:
                shown.append(verdict)


def preview_of(content: bytes) -> Preview:
    """Read the whole file and change nothing; raises UnreadableList."""
    file = read(content)
    found = Preview(file.columns)
    for verdict in Judge(file.columns).verdicts(file.rows()):
        found.add(verdict)
    found.notes = file.notes
    return found


def rejected_in(content: bytes) -> tuple[Columns, Iterator[Verdict]]:
    """Every rejected line; raises UnreadableList."""
    file = read(content)
    verdicts = Judge(file.columns).verdicts(file.rows())
    return file.columns, (verdict for verdict in verdicts if verdict.outcome == Outcome.REJECTED)


def sources(columns: Columns) -> list[tuple[str, str]]:
    """Our columns, each with those of the file it is read from."""
    return [(label_of(name, columns.own), found) for name, found in columns.sources()]


def accepted_rows(verdicts: list[Verdict], columns: Columns) -> list[dict[str, Any]]:
    """{"line", "new": bool, "cells": [(column, text, the text it replaces or "")]}."""
    return [
        {"line": one.row.line, "new": one.outcome == Outcome.NEW, "cells": _cells(one, columns)}
        for one in verdicts
    ]


def rejected_rows(verdicts: list[Verdict], columns: Columns) -> list[dict[str, Any]]:
    """{"line", "cells": as they came, "reason": a sentence}."""
    return [
        {"line": one.row.line, "cells": _shown(one.row.cells), "reason": reason(one.reasons, columns.own)}
        for one in verdicts
    ]


def reason(wrong: Wrong, own: Fields) -> str:
    """All that is wrong with a line."""
    return " ".join(
        _("%(column)s: %(problem)s") % {"column": label_of(name, own), "problem": problem}
        if name
        else problem
        for name, problem in wrong.items()
    )


def _shown(cells: list[str]) -> str:
    text = " · ".join(cell for cell in (" ".join(cell.split()) for cell in cells) if cell)
    return text if len(text) <= CUT else f"{text[:CUT]}…"


def _cells(verdict: Verdict, columns: Columns) -> list[tuple[str, str, str]]:
    return [(label_of(name, columns.own), *_told(verdict, name)) for name in columns.shown()]


def _told(verdict: Verdict, name: str) -> tuple[str, str]:
    """What a field will say, and what it says before where that is another."""
    if name == "tags":
        return " ".join(f"+ {tag}" for tag in verdict.tags), ""
    now = kept(verdict.recipient, name) if verdict.recipient else None
    before = verdict.stood.get(name, now)
    return _text(now), _text(before) if before != now else ""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return written(value)
