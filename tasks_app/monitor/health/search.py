"""The search: whether it can find parts of words, and whether what was written is in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_app.db.trigrams import INDEXES
from tasks_app.display import span
from tasks_app.models import SearchProgress
from tasks_app.monitor.health.checks import WATCHES, Check, Finding, Guide, Text, degraded, noted, ok
from tasks_app.search.saying import filled_to, is_filled, lag

# A clock that was away for a moment makes up for it.
BEHIND = timedelta(minutes=2)
THE_SEARCH = Guide("operations.md", "The search")
REMEDIES: dict[str, Text] = {
    "postgresql": gettext_lazy(
        "In this database, by a role that may: CREATE EXTENSION pg_trgm (postgresql-contrib has it). Then: "
        "manage.py build_search"
    ),
    "sqlite": gettext_lazy(
        "Python must run on a SQLite 3.34 or newer that has FTS5. Then: manage.py build_search"
    ),
}


def check_index(now: datetime) -> Iterator[Finding]:
    missing = [index.name for index in INDEXES if not index.is_there()]
    if not missing:
        yield ok(_("Searches find parts of words by an index."))
        return
    yield degraded(
        _(
            "Searches find parts of words in the newest jobs and messages alone, and beginnings in older "
            "ones: this database has no index of contents (%(names)s)."
        )
        % {"names": ", ".join(missing)},
        str(REMEDIES[connection.vendor]),
    )


def check_filling(now: datetime) -> Iterator[Finding]:
    filled = list(SearchProgress.objects.order_by("thing"))
    behind = max((lag(one, now) for one in filled), default=timedelta())
    if behind > BEHIND:
        yield degraded(
            _("The search does not find what was written in the last %(span)s, but for the newest rows.")
            % {"span": span(behind)},
            _("The clock adds it: see whether one runs, and whether its looks come to their end."),
            "queues/",
        )
    elif past := [one for one in filled if not is_filled(one)]:
        latest = max(past, key=lambda one: one.swept_to or one.until)
        yield noted(
            _("The past is being added to the search; it is there back to %(moment)s.")
            % {"moment": filled_to(latest)}
        )
    else:
        yield ok(_("What was written is in the search."))


SEARCH = [
    Check("search_index", gettext_lazy("Index of the search"), check_index, WATCHES, THE_SEARCH),
    Check("search_filling", gettext_lazy("Contents of the search"), check_filling, WATCHES, THE_SEARCH),
]
