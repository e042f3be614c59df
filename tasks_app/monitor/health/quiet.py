"""Quiet periods that hold nothing, because nobody can say when they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app.models import QuietPeriod
from tasks_app.monitor.health.checks import Check, Finding, Guide, degraded, ok

NAMED = 3
LOOKED_AT = 1_000


def unreadable() -> list[QuietPeriod]:
    """Those that are switched on, in a time zone that this host does not know."""
    zoned = QuietPeriod.objects.filter(enabled=True).exclude(zone="").order_by("name")
    return [quiet for quiet in zoned[:LOOKED_AT] if not quiet.zone_is_known]


def check_quiet_periods(now: datetime) -> Iterator[Finding]:
    found = unreadable()
    if not found:
        yield ok(_("Every quiet period that is switched on can be read."))
        return
    names = ", ".join(f"“{quiet.name}”" for quiet in found[:NAMED])
    yield degraded(
        ngettext(
            "%(count)s quiet period cannot be read, and holds nothing up: %(names)s.",
            "%(count)s quiet periods cannot be read, and hold nothing up: %(names)s.",
            len(found),
        )
        % {"count": len(found), "names": f"{names} …" if len(found) > NAMED else names},
        _("Its time zone is not known here. Choose another one on its page, or switch it off."),
        "tasks_app/quietperiod/",
    )


QUIET = [
    Check(
        "quiet_periods",
        gettext_lazy("Quiet periods"),
        check_quiet_periods,
        "tasks_app.view_quietperiod",
        Guide("rhythms.md", "What stands against a run"),
    ),
]
