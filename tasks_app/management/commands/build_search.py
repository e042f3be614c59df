"""`manage.py build_search`: what the search lacks is made at once, which the clock does behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from tasks_app.db import shared_time
from tasks_app.db.trigrams import INDEXES
from tasks_app.models import SearchProgress
from tasks_app.search.filling import fill
from tasks_app.search.refolding import refold
from tasks_app.search.saying import filled_to, is_filled
from tasks_app.search.sweeping import start_over
from tasks_app.search.things import things

SLICE = 2.0  # seconds between two lines of progress


class Command(BaseCommand):
    help = "Make the indexes of the search that are missing, and add to it what it has not, beside any clock."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="compare all that it has with what there is")

    def handle(self, *args: Any, **options: Any) -> None:
        refused = [f"{index.name}: {reason}" for index in INDEXES if (reason := index.build())]
        self.stdout.write(_("Names and titles folded anew: %(count)s") % {"count": refold()})
        if options["again"]:
            for thing in things():
                start_over(thing.name)
        for line in self._filled():
            self.stdout.write(line)
        if refused:
            raise CommandError(_("The database refuses an index: %s") % "; ".join(refused))
        self.stdout.write(_("The search has all there is."))

    def _filled(self) -> Iterator[str]:
        """How far it is, until it has everything; a clock that is at it does its part."""
        while True:
            more = fill(shared_time.measured_now(), SLICE)
            left = [one for one in SearchProgress.objects.order_by("thing") if not is_filled(one)]
            if not left and not more:
                return
            for one in left:
                yield f"{one.thing}: {filled_to(one)}"
            if not more:  # another holds it
                time.sleep(1)
