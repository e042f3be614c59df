"""The counts that changed most from one period to the next, and only those that chance does not explain.

Counts of independent events scatter by their square root. So a difference counts in units of the root of both
counts together (two Poisson counts, as a normal distribution): from 2 to 5 is nothing, from 200 to 500 much.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

from django.utils.translation import gettext

from backoffice.reports.comparing.changes import Change, in_words

MOST = 3
# Standard deviations: chance alone goes beyond them three times in a thousand.
NOTABLE = 3.0


def most_changed(changes: Iterable[Change]) -> list[Change]:
    """Of changes of counts, at most MOST, the least likely first."""
    notable = [(-unlikely, str(one.label), one) for one in changes if (unlikely := _unlikely(one)) >= NOTABLE]
    return [one for _unlikely_, _label, one in sorted(notable, key=lambda item: item[:2])[:MOST]]


def _unlikely(change: Change) -> float:
    now, before = change.now, change.before
    if not isinstance(now, int) or not isinstance(before, int) or not now + before:
        return 0.0
    return abs(now - before) / sqrt(now + before)


def sentence(changes: Iterable[Change], earlier: str) -> str:
    """What to notice, compared with the period of that name."""
    found = most_changed(changes)
    if not found:
        return gettext("Nothing changed notably, compared with %(period)s.") % {"period": earlier}
    return gettext("Changed most, compared with %(period)s: %(changes)s.") % {
        "period": earlier,
        "changes": "; ".join(in_words(one) for one in found),
    }
