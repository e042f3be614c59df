"""What a newer issue says otherwise than the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice.models import Issue

NOTHING = "–"  # where a figure was not there


@dataclass(frozen=True)
class Moved:
    label: str
    before: str
    now: str


@dataclass(frozen=True)
class Difference:
    """Between two issues of one format and language. `rows` is of spreadsheets, which have no figures."""

    before: Issue
    moved: list[Moved]
    rows: tuple[int, int] | None
    is_same_file: bool

    @property
    def is_known(self) -> bool:
        """Whether there was something to compare."""
        return self.is_same_file or self.rows is not None or self.before.figures is not None


def like(issue: Issue) -> list[Issue]:
    """All issues of its binder in the same format and language, newest first; itself among them."""
    report = issue.report
    issues = Issue.objects.filter(
        binder=issue.binder_id, report__format=report.format, report__language=report.language
    )
    return list(issues.select_related("report").order_by("-number"))


def current_of(issues: Sequence[Issue]) -> set[int]:
    """The numbers of those that are the newest in their format and language."""
    newest: dict[tuple[str, str], int] = {}
    for one in issues:
        key = (one.report.format, one.report.language)
        newest[key] = max(newest.get(key, 0), one.number)
    return set(newest.values())


def difference(issue: Issue, issues: list[Issue]) -> Difference | None:
    """From the issue before it among those that are `like` it; None where it is the first."""
    before = next((one for one in issues if one.number < issue.number), None)
    if before is None:
        return None
    then, now = before.report, issue.report
    moved = _moved(before.figures, issue.figures)
    rows = (then.rows, now.rows) if not issue.figures and (then.rows or now.rows) else None
    return Difference(before, moved, rows, then.sha256 == now.sha256)


def _moved(before: list[list[str]] | None, now: list[list[str]] | None) -> list[Moved]:
    """Those that one of the two does not have, too: of an empty period there are none."""
    if before is None or now is None:
        return []
    then, today = dict(before), dict(now)
    pairs = [Moved(label, then.get(label, NOTHING), today.get(label, NOTHING)) for label in {**today, **then}]
    return [one for one in pairs if one.before != one.now]
