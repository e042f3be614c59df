"""`manage.py import_schedules FILE [--dry-run]`: what the page of the import does, from a shell."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.audit.recording import Line
from tasks_app.audit.system import record_from_shell
from tasks_app.db import shared_time
from tasks_app.management.people import person
from tasks_app.notices import in_each_language
from tasks_app.schedules.moving.importing import Report, Result, calendars_of, import_file
from tasks_app.schedules.moving.reading import LARGEST, Refused
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.rhythm import words


class Command(BaseCommand):
    help = "Bring in a file of schedules: those of the same names are changed, all others left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="As `export_schedules` writes it.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would change.")
        parser.add_argument(
            "--by", default="", metavar="USERNAME", help="Who does it; the system where left out."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by, dry_run = person(options["by"]), options["dry_run"]
        try:
            report = import_file(_read(options["file"]), shared_time.now(), by, dry_run=dry_run)
        except Refused as error:
            raise CommandError(_line(error.line, "", str(error.notice))) from error
        self.tell(report)
        if not dry_run:
            _log(report, by)
        if report.refused:
            raise CommandError(_("Some were refused: see above. All others were dealt with."))

    def tell(self, report: Report) -> None:
        for result in report.results:
            self.stdout.write(_sentence(result))
            for change in result.changes:
                self.stdout.write(f"    {change.label}: {change.before} → {change.after}")


def _read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        words_of_it = {"file": name, "error": error.strerror}
        raise CommandError(_("%(file)s cannot be read: %(error)s") % words_of_it) from error


def _sentence(result: Result) -> str:
    said = {
        "new": _("new"),
        "changed": _("changed"),
        "same": _("the same"),
        "refused": _("refused: %(reason)s") % {"reason": result.reason},
    }
    return _line(result.line, result.name, said[result.outcome])


def _line(line: int, name: str, text: str) -> str:
    if not name:
        return _("Line %(line)d: %(problem)s") % {"line": line, "problem": text}
    return _("Line %(line)d, “%(name)s”: %(reason)s") % {"line": line, "name": name, "reason": text}


def _log(report: Report, by: Any) -> None:
    for calendar in calendars_of(report):
        record_from_shell(Line(calendar, str(calendar), audit_log.CALENDAR_IMPORTED()), by)
    ids = [result.schedule_id for result in report.to_do if result.schedule_id is not None]
    for schedule in with_rhythms(PeriodicTask.objects.filter(pk__in=ids)):
        rhythm = in_each_language(partial(words, schedule))
        record_from_shell(Line(schedule, schedule.name, audit_log.SCHEDULE_IMPORTED(rhythm=rhythm)), by)
