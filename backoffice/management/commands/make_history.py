"""`manage.py make_history`: a believable past, to try the back office with or to measure it by."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from backoffice.history.making import Wish, make_history
from tasks_app.models import Job

MOST_JOBS = 10_000_000


class Command(BaseCommand):
    help = "Make a past of so many days: jobs of every kind and state, schedules, emails, reports."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=14, help="how long it is (1 to 365)")
        parser.add_argument(
            "--jobs", type=int, default=2_000, help="how many jobs ran in it (100 to 10,000,000)"
        )
        parser.add_argument("--seed", type=int, default=1, help="the same number makes the same past")
        parser.add_argument("--until", help="where it ends, in ISO 8601; now where not given")

    def handle(self, *args: Any, **options: Any) -> None:
        wish = self._wish(**options)
        if settings.PRODUCTION:
            raise CommandError(_("An invented past is not made in production."))
        if Job.objects.exists():
            self.stderr.write(_("There are jobs already: the past is made beside them."))
        began = time.monotonic()
        try:
            written = make_history(wish, lambda said: self.stdout.write(f"  {said}"))
        except IntegrityError as error:
            raise CommandError(
                _("This very past is there already: choose another --seed or --until (%(error)s)")
                % {"error": error}
            ) from error
        for table, rows in written.items():
            self.stdout.write(f"{rows:>12,}  {table}")
        self.stdout.write(_("Made in %(seconds)d s.") % {"seconds": time.monotonic() - began})

    def _wish(self, days: int, jobs: int, seed: int, until: str | None, **_options: Any) -> Wish:
        if not 1 <= days <= 365:
            raise CommandError(_("--days is between 1 and 365."))
        if not 100 <= jobs <= MOST_JOBS:
            raise CommandError(_("--jobs is between 100 and 10,000,000."))
        end = timezone.now() if until is None else parse_datetime(until)
        if end is None:
            raise CommandError(_("--until is a moment in ISO 8601, such as 2026-11-29T12:00:00+01:00."))
        if timezone.is_naive(end):
            end = timezone.make_aware(end)
        return Wish(days, jobs, seed, min(end, timezone.now()))
