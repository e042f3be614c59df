"""`manage.py export_schedules [NAME …] [--output FILE]`: schedules as YAML, by their names."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.audit.system import record_command
from tasks_app.schedules.moving.writing import written
from tasks_app.schedules.planning import with_rhythms


class Command(BaseCommand):
    help = "Write schedules as YAML, with the calendars that they name; secret arguments are left out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="Which; all of them where left out.")
        parser.add_argument("--output", metavar="FILE", help="Where to; left out: to the screen.")

    def handle(self, *args: Any, **options: Any) -> None:
        schedules = _schedules(options["names"])
        text = written(schedules)
        record_command("export_schedules", audit_log.SCHEDULES_EXPORTED(count=len(schedules)))
        if not options["output"]:
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["output"]).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(
                _("%(file)s cannot be written: %(error)s")
                % {"file": options["output"], "error": error.strerror}
            ) from error


def _schedules(names: list[str]) -> list[PeriodicTask]:
    rows = with_rhythms(PeriodicTask.objects.select_related("options").order_by("name"))
    if not names:
        return list(rows)
    found = {schedule.name: schedule for schedule in rows.filter(name__in=names)}
    missing = [name for name in names if name not in found]
    if missing:
        raise CommandError(_("There is no schedule “%(name)s”.") % {"name": "”, “".join(missing)})
    return list(found.values())
