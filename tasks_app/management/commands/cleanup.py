"""`manage.py cleanup`: the hourly cleanup from a shell; with --dry-run it only counts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from tasks_app.admin import audit_log
from tasks_app.audit.system import record_command
from tasks_app.db import shared_time
from tasks_app.retention.prune import Prunable, Pruned, prune, rehearse
from tasks_app.tasks import everything_prunable


class Command(BaseCommand):
    help = "Remove what is older than its retention, as the hourly job does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count, remove nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        prunables, now = everything_prunable(), shared_time.measured_now()
        dry_run = options["dry_run"]
        result = rehearse(prunables, now) if dry_run else prune(prunables, now)
        if not dry_run:
            record_command("cleanup", audit_log.CLEANED_UP(count=sum(result.removed.values())))
        heads = (_("What"), _("Kept for"), _("Would be removed") if dry_run else _("Removed"))
        for line in table(heads, [_row(one, result) for one in prunables]):
            self.stdout.write(line)
        if result.more and not dry_run:
            self.stdout.write(_("More remains for the next run: %s.") % ", ".join(result.more))
        for key, count in result.refused.items():
            self.stdout.write(
                _("Not removed of %(key)s, see the log: %(count)d.") % {"key": key, "count": count}
            )
        for key, error in result.failed.items():
            self.stdout.write(
                _("Nothing more could be removed of %(key)s: %(error)s") % {"key": key, "error": error}
            )


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Lines of aligned columns, the last one to the right."""
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    *left, last = widths
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, left, strict=False)), row[-1].rjust(last)])
        for row in [heads, *rows]
    ]


def _row(one: Prunable, result: Pruned) -> tuple[str, ...]:
    count = result.removed[one.key]
    shown = f"{count}+" if result.dry_run and one.key in result.more else str(count)
    return str(one.label), _("%d days") % one.days if one.retention else "–", shown
