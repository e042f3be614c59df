"""The source that a name stands for: "jobs:2026-10-01:2026-10-31" is that of October's jobs."""

from __future__ import annotations

from datetime import datetime

from backoffice.reports.sources.jobs import Ended, Launched, Unfinished
from backoffice.reports.sources.mail import Emails
from backoffice.reports.sources.promises import PromiseDays
from backoffice.reports.sources.source import Source
from backoffice.reports.sources.stack import Nodes, Schedules

SOURCES: dict[str, type[Source]] = {
    one.name: one for one in (Launched, Ended, Unfinished, Emails, PromiseDays, Nodes, Schedules)
}


def source_of(name: str, moment: datetime) -> Source | None:
    """None for one that this version does not know."""
    kind, *arguments = name.split(":")
    found = SOURCES.get(kind)
    return found(moment, *arguments) if found else None
