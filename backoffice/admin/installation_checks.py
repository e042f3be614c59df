"""What `manage.py doctor` asks, on the page of settings: to each by their rights, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.admin import outside
from backoffice.health import CHECKS
from tasks_app.broker.ping import recent_answer
from tasks_app.display import Text
from tasks_app.monitor.health import Check, Cost, Finding, Guide, Level, run, worst
from tasks_app.monitor.health.services import said_by

SEES_SETTINGS = "backoffice.view_installation"


@dataclass(frozen=True)
class Mark:
    """How a level is shown: by colour, sign and word, so that none of them tells it alone."""

    tone: str
    icon: str
    word: Text


NOTED: Literal["noted"] = "noted"  # in order, but not plainly well
type Standing = Level | Literal["noted"] | None  # None while it has not answered

MARKS: dict[Standing, Mark] = {
    Level.FAILED: Mark("danger", "error", gettext_lazy("Does not work")),
    Level.DEGRADED: Mark("warning", "warning", gettext_lazy("Needs a look")),
    None: Mark("info", "hourglass_top", gettext_lazy("Being asked")),
    NOTED: Mark("none", "info", gettext_lazy("Good to know")),
    Level.OK: Mark("success", "check_circle", gettext_lazy("Well")),
}
# Of the list: what is worst stands on top, and what is not known above what is well.
ORDER = list(MARKS)


@dataclass(frozen=True)
class Line:
    """One finding; `url` is the page where it is mended, where there is one."""

    sentence: str
    remedy: str
    url: str


@dataclass(frozen=True)
class Row:
    """One check; `level` is that of its worst finding, None while it has not answered."""

    title: Text
    level: Level | None
    lines: list[Line]
    guide: Guide
    noted: bool = False

    @property
    def mark(self) -> Mark:
        return MARKS[self.standing]

    @property
    def standing(self) -> Standing:
        return NOTED if self.level is Level.OK and self.noted else self.level

    @property
    def urls(self) -> list[str]:
        """The pages where its findings are mended, each once."""
        return list(dict.fromkeys(line.url for line in self.lines if line.url))

    @property
    def needs_somebody(self) -> bool:
        return self.level not in (None, Level.OK)


@dataclass(frozen=True)
class Examination:
    rows: list[Row]

    @property
    def mark(self) -> Mark:
        return self.rows[0].mark

    @property
    def summary(self) -> str:
        """How many of the rows below need somebody, are well, are good to know, and have not answered."""
        total = len(self.rows)
        wanting = sum(row.needs_somebody for row in self.rows)
        standing = Counter(row.standing for row in self.rows)
        asked, noted, well = standing[None], standing[NOTED], standing[Level.OK]
        words = [
            ngettext(
                "%(count)d of %(total)d needs somebody.", "%(count)d of %(total)d need somebody.", wanting
            )
            % {"count": wanting, "total": total}
        ]
        words.append(ngettext("%(count)d is well.", "%(count)d are well.", well) % {"count": well})
        if noted:
            words.append(
                ngettext("%(count)d is good to know.", "%(count)d are good to know.", noted)
                % {"count": noted}
            )
        if asked:
            words.append(
                ngettext(
                    "%(count)d is still being asked: look again in a moment.",
                    "%(count)d are still being asked: look again in a moment.",
                    asked,
                )
                % {"count": asked}
            )
        return " ".join(words)


def concerns(user: Any) -> bool:
    """Whether the page has something for this person."""
    return user.has_perm(SEES_SETTINGS) or bool(told_to(user))


def told_to(user: Any) -> list[Check]:
    """The checks that this person is told of."""
    return [check for check in CHECKS if user.has_perm(check.audience)]


def examination(user: Any, now: datetime) -> Examination:
    rows = [_row(check, _found(check, now)) for check in told_to(user)]
    return Examination(sorted(rows, key=lambda row: ORDER.index(row.standing)))


def _found(check: Check, now: datetime) -> list[Finding] | None:
    """What it found, without a page that waits for the world outside; None while that has not answered."""
    if check.cost is Cost.BROKER:
        return list(said_by(recent_answer()))
    if check.cost is Cost.OUTSIDE:
        return outside.answer(check)
    [(_check, found)] = run([check], now)
    return found


def _row(check: Check, found: list[Finding] | None) -> Row:
    if found is None:
        return Row(check.title, None, [Line(_("It has not answered yet."), "", "")], check.guide)
    noted = any(finding.noted for finding in found)
    return Row(check.title, worst(found), list(_lines(found)), check.guide, noted)


def _lines(found: Iterable[Finding]) -> Iterable[Line]:
    for finding in sorted(found, key=lambda one: -one.level):
        url = reverse("admin:index") + finding.page if finding.page else ""
        yield Line(finding.sentence, finding.remedy, url)
