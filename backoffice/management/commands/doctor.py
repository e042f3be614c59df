"""`manage.py doctor`: what is well, what is not, what it means and what to do."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from backoffice.health import CHECKS
from tasks_app.db import shared_time
from tasks_app.monitor.health import DATABASE, Check, Cost, Finding, Level, run, worst


class Command(BaseCommand):
    help = "Examine this installation. Ends with 1 where something failed, else with 0."
    requires_system_checks = ()  # it must speak where nothing else does
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        found = examine()
        level = worst(finding for _check, findings in found for finding in findings)
        if options["json"]:
            self.stdout.write(as_json(found, level))
        else:
            self._tell(found, level)
        if level is Level.FAILED:
            raise SystemExit(1)

    def _tell(self, found: list[tuple[Check, list[Finding]]], level: Level) -> None:
        styles = dict(zip(Level, (self.style.SUCCESS, self.style.WARNING, self.style.ERROR), strict=True))
        for check, findings in found:
            for finding in findings:
                self.stdout.write(f"{styles[finding.level](finding.sign)} {check.title}: {finding.sentence}")
                if finding.remedy:
                    self.stdout.write(f"    {finding.remedy}")
        self.stdout.write("")
        self.stdout.write(styles[level](_summary(found, level)))


def examine() -> list[tuple[Check, list[Finding]]]:
    """Every check with its findings; without a database only what needs none."""
    now = shared_time.measured_now()
    [database, *_others] = DATABASE
    first = list(run([database], now))
    if worst(first[0][1]) is Level.FAILED:
        return first + list(run([check for check in CHECKS if check.cost is not Cost.ROWS], now))
    return first + list(run([check for check in CHECKS if check is not database], now))


def as_json(found: list[tuple[Check, list[Finding]]], level: Level) -> str:
    rows = [
        {
            "check": check.key,
            "level": finding.level.name.lower(),
            "sentence": finding.sentence,
            "remedy": finding.remedy,
        }
        for check, findings in found
        for finding in findings
    ]
    return json.dumps({"status": level.name.lower(), "findings": rows}, ensure_ascii=False, indent=2)


def _summary(found: list[tuple[Check, list[Finding]]], level: Level) -> str:
    if level is Level.FAILED:
        return _("Something does not work: see ✗ above.")
    if level is Level.DEGRADED:
        return _("It works, but not as well as it should: see ! above.")
    return _("Every check is in order.")
