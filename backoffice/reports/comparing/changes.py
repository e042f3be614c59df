"""One figure in two periods: the difference, what it is of the earlier one, and whether that is good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from django.utils import formats
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.reports.formatting import NOTHING, duration, percentage, shown
from backoffice.reports.sections import Badge, Behind, Share, Text

type Value = int | Share | timedelta | None


class Sense(Enum):
    """What is good of a figure."""

    MORE = "more"
    FEWER = "fewer"
    NEITHER = "neither"


BETTER, WORSE = Badge(_("Better"), "good"), Badge(_("Worse"), "bad")


@dataclass(frozen=True)
class Change:
    label: Text
    now: Value
    before: Value
    sense: Sense = Sense.NEITHER
    behind: tuple[Behind, Behind] = (None, None)  # what of now and of before was counted

    @property
    def by(self) -> str:
        """The difference with its sign: "+12", "−1.2 points", "−4.2 s"; "–" where one is not known."""
        match self.now, self.before:
            case int(), int():
                return signed(self.now - self.before)
            case Share(), Share():
                return _points(self.now, self.before)
            case timedelta(), timedelta():
                return _sign(self._step) + duration(abs(self.now - self.before)) if self._step else "0"
            case _:
                return NOTHING

    @property
    def per_cent(self) -> str:
        """The difference as a part of the earlier figure; "–" where that was none, and for shares."""
        match self.now, self.before:
            case int(), int():
                whole: float = self.before
            case timedelta(), timedelta():
                whole = self.before.total_seconds()
            case _:
                return NOTHING
        return _sign(self._step) + percentage(abs(self._step) / whole) if whole else NOTHING

    @property
    def judged(self) -> Badge | str:
        """In a word, whether it went well; "" where it stayed or neither is good."""
        if not self._step or self.sense is Sense.NEITHER:
            return ""
        return BETTER if (self._step > 0) == (self.sense is Sense.MORE) else WORSE

    @property
    def _step(self) -> float:
        match self.now, self.before:
            case int(), int():
                return self.now - self.before
            case Share(), Share():
                return self.now.value - self.before.value
            case timedelta(), timedelta():
                return (self.now - self.before).total_seconds()
            case _:
                return 0


def signed(number: int) -> str:
    """+1,204, −3 or 0: with a true minus, which is as wide as the plus."""
    return _sign(number) + formats.number_format(abs(number), force_grouping=True)


def _sign(number: float) -> str:
    return "+" if number > 0 else "−" if number < 0 else ""


def _points(now: Share, before: Share) -> str:
    """Between the two as they are printed, so that a reader who subtracts comes to the same."""
    points = round(_printed(now) - _printed(before), 1)
    said = ngettext("%(points)s point", "%(points)s points", 1 if abs(points) == 1 else 2)
    return _sign(points) + said % {"points": formats.number_format(abs(points), 1)} if points else "0"


def _printed(share: Share) -> float:
    """In per cent, as `percentage` rounds it."""
    rounded = round(share.value * 100, 1)
    return 99.9 if rounded == 100 and share.value < 1 else rounded


def in_words(change: Change) -> str:
    """ "Emails of “Welcome”: from 120 to 340 (+220, +183.3%)"."""
    said = {
        "what": change.label,
        "before": shown(change.before),
        "now": shown(change.now),
        "by": change.by,
        "per_cent": change.per_cent,
    }
    if not change.before:
        return gettext("%(what)s: from none to %(now)s") % said
    if not change.now:
        return gettext("%(what)s: from %(before)s to none") % said
    return gettext("%(what)s: from %(before)s to %(now)s (%(by)s, %(per_cent)s)") % said
