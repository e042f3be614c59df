"""`manage.py queues`: which are paused, since when, by whom and why; pause one, resume one."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from tasks_app import control
from tasks_app.admin import audit_log
from tasks_app.management.by_whom import add_by, log, person
from tasks_app.models import QueueState
from tasks_app.monitor.pauses import pauses
from tasks_app.monitor.queue_status import known_queues


class Command(BaseCommand):
    help = "List the queues; pause one, or resume it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", nargs="?", choices=["list", "pause", "resume"], default="list")
        parser.add_argument("queue", nargs="?", help="Its name, as `manage.py queues` lists it.")
        parser.add_argument("--reason", default="", help="Why it is paused: shown wherever its jobs wait.")
        add_by(parser)

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        known = known_queues()
        if options["action"] == "list":
            self.tell(known)
            return
        name = options["queue"]
        if name not in known:
            words = {"name": name or "", "known": ", ".join(known)}
            raise CommandError(_("There is no queue “%(name)s”. Known: %(known)s.") % words)
        by = person(options["by"])
        if options["action"] == "pause":
            self.pause(name, by, options["reason"])
        elif control.resume(name, by=by):
            log(by, QueueState.objects.get(pk=name), audit_log.RESUMED())
            self.stdout.write(_("“%(name)s” is open again.") % {"name": name})
        else:
            self.stdout.write(_("“%(name)s” was open already.") % {"name": name})

    def tell(self, known: list[str]) -> None:
        paused = {pause.queue: str(pause) for pause in pauses()}
        for name in known:
            self.stdout.write(f"{name:<20} {paused.get(name) or _('Open')}")

    def pause(self, name: str, by: Any, reason: str) -> None:
        try:
            turned = control.pause(name, by=by, reason=reason)
        except ValueError as error:
            raise CommandError(str(error)) from error
        [pause] = pauses([name])
        if turned:
            log(by, QueueState.objects.get(pk=name), audit_log.paused(reason))
        words = {"name": name, "pause": pause}
        self.stdout.write(
            _("“%(name)s” is paused.") % words
            if turned
            else _("“%(name)s” was paused already, and stays so. %(pause)s.") % words
        )
