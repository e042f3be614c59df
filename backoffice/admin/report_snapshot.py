"""What a report's page says of what was kept with it, and of how it was made again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backoffice.models import Report
from backoffice.reports.snapshots.again import why_not
from backoffice.reports.snapshots.reading import kept_of
from backoffice.storage import trouble_with


def about(report: Report) -> dict[str, Any]:
    """For the page of the report: what is kept of it, and what came of making it again."""
    kept = kept_of(report)
    made = dict(kept.snapshot.made_again) if kept else {}
    if made:
        made["at"] = datetime.fromisoformat(made["at"])
        made["is_there"] = bool(made["file"]) and not trouble_with(made["file"])
    return {"kept": kept, "made_again": made, "cannot_be_made_again": why_not(kept, report)}
