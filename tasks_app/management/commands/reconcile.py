"""`manage.py reconcile`: what the clock would do now, or one tick of it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from tasks_app.admin import audit_log
from tasks_app.audit.system import record_command
from tasks_app.clock.dry_run import plan
from tasks_app.clock.tick import TickReport, tick
from tasks_app.db import shared_time
from tasks_app.monitor.health.clock import STEPS


class Command(BaseCommand):
    help = "Do one tick of the clock now, beside any clock that runs; with --dry-run say what it would do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = shared_time.measured_now()
        if options["dry_run"]:
            self._rehearse(now)
        else:
            report = tick(now)
            record_command("reconcile", audit_log.RECONCILED())
            self._tell(report)

    def _rehearse(self, now: Any) -> None:
        steps = plan(now)
        for step in steps:
            self.stdout.write(f"{step.counted:>5}  {step.what}")
            for example in step.examples:
                self.stdout.write(f"       - {example}")
            if step.count > len(step.examples) > 0:
                self.stdout.write("       - …")
        if not steps:
            self.stdout.write(_("There is nothing to do at this moment."))

    def _tell(self, report: TickReport) -> None:
        for what, count in (
            (_("schedules read anew"), report.synced or 0),
            (_("jobs made by schedules"), report.jobs),
            (_("times passed over"), report.passed_over),
            (_("schedules found impossible"), report.invalid),
            (_("jobs taken back from lost workers"), report.recovered.lost_by_workers),
            (_("jobs that the broker had lost"), report.recovered.lost_by_broker),
            (_("jobs published"), report.recovered.published),
        ):
            self.stdout.write(f"{count:>5}  {what}")
        for step, error in report.failed.items():
            self.stderr.write(f"{STEPS[step]} {error}")
