"""`manage.py queues`: what waits in each, how fast it is done, which are paused; pause one, resume one."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from tasks_app import control
from tasks_app.admin import audit_log
from tasks_app.admin.moments import moment_of
from tasks_app.audit.recording import Line
from tasks_app.audit.system import record_from_shell
from tasks_app.db import shared_time
from tasks_app.display import span
from tasks_app.management.people import person
from tasks_app.models import QueueState
from tasks_app.monitor.pauses import pauses
from tasks_app.monitor.queue_status import Queue, known_queues, queues
from tasks_app.monitor.rates import ended_lately
from tasks_app.notices import Notice


class Command(BaseCommand):
    help = "List the queues; pause one, change its pause, or resume it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = ["list", "pause", "change", "resume"]
        parser.add_argument("action", nargs="?", choices=actions, default="list")
        parser.add_argument("queue", nargs="?", help="Its name, as `manage.py queues` lists it.")
        parser.add_argument("--reason", default="", help="Why it is paused: shown wherever its jobs wait.")
        parser.add_argument(
            "--until",
            default="",
            metavar="MOMENT",
            help="When it resumes by itself (ISO 8601); left out: when somebody resumes it.",
        )
        parser.add_argument(
            "--by", default="", metavar="USERNAME", help="Who does it; the system where left out."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "list":
            self.tell()
            return
        name = _known(options["queue"])
        by = person(options["by"])
        if options["action"] == "resume":
            self.resume(name, by)
            return
        given = {"reason": options["reason"], "until": _moment(options["until"])}
        try:
            (self.pause if options["action"] == "pause" else self.change)(name, by, given)
        except ValueError as error:
            raise CommandError(str(error)) from error

    def tell(self) -> None:
        now = shared_time.measured_now()
        ended = ended_lately(now)
        for queue in queues(now):
            for line in _lines(queue.at(ended.of_queue(queue.name))):
                self.stdout.write(line)

    def pause(self, name: str, by: Any, given: dict[str, Any]) -> None:
        turned = control.pause(name, by=by, **given)
        if turned:
            _record(name, audit_log.pausing(**given), by)
        [pause] = pauses([name])
        words = {"name": name, "pause": pause}
        self.stdout.write(
            _("“%(name)s” is paused.") % words
            if turned
            else _("“%(name)s” was paused already, and stays so. %(pause)s.") % words
        )

    def change(self, name: str, by: Any, given: dict[str, Any]) -> None:
        row = QueueState.objects.paused(shared_time.measured_now()).filter(pk=name).first()
        if row is None or not control.change_pause(name, seen=row.changed_at, **given):
            raise CommandError(_("“%(name)s” is not paused: there is nothing to change.") % {"name": name})
        _record(name, audit_log.PAUSE_CHANGED(pause=audit_log.pausing(**given)), by)
        self.stdout.write(_("The pause of “%(name)s” is changed.") % {"name": name})

    def resume(self, name: str, by: Any) -> None:
        if not control.resume(name, by=by):
            self.stdout.write(_("“%(name)s” was open already.") % {"name": name})
            return
        _record(name, audit_log.RESUMED(), by)
        self.stdout.write(_("“%(name)s” is open again.") % {"name": name})


def _lines(queue: Queue) -> list[str]:
    """The figures of the page, and below them the pause."""
    figures = [
        _("waiting %(count)s") % {"count": queue.waiting},
        _("of which later %(count)s") % {"count": queue.later},
        _("running %(count)s") % {"count": queue.running},
        _("longest wait %(span)s") % {"span": span(queue.oldest)},
        _("done %(rate)s") % {"rate": queue.rate},
        _("time to clear %(time)s") % {"time": queue.clears_in},
    ]
    state = f"{queue.pause}" if queue.pause else _("Open")
    said = state if queue.workers else " ".join([f"{state}.", _("No worker takes from it.")])
    return [f"{queue.name:<20} {said}", f"{'':<20} {', '.join(figures)}"]


def _known(name: str | None) -> str:
    known = known_queues()
    if name is None or name not in known:
        words = {"name": name or "", "known": ", ".join(known)}
        raise CommandError(_("There is no queue “%(name)s”. Known: %(known)s.") % words)
    return name


def _moment(text: str) -> datetime | None:
    moment = moment_of(text) if text else None
    if text and moment is None:
        raise CommandError(
            _("--until is a moment in ISO 8601, such as 2026-11-30T10:00 or 2026-11-30T10:00+01:00.")
        )
    return moment


def _record(name: str, what: Notice, by: Any) -> None:
    record_from_shell(Line(QueueState(name=name), name, what), by)
