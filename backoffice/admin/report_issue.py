"""What a report's page says of its place on the shelf: its number, whether it is current, what it changed."""

from __future__ import annotations

from typing import Any

from backoffice.models import Issue, Report
from backoffice.shelf.changes import difference, like


def about(report: Report) -> dict[str, Any]:
    """Nothing of a report that has no place yet: it gets one within the hour."""
    issue = Issue.objects.select_related("report", "binder").filter(report=report).first()
    if issue is None:
        return {}
    issues = like(issue)
    newer = issues[0] if issues[0].number > issue.number else None
    return {"issue": issue, "newer": newer, "difference": difference(issue, issues)}
