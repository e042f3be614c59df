"""`manage.py make_history`: a believable past, to try the back office with or to measure it by."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, IntegrityError
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from backoffice.admin import audited
from backoffice.demo import DEMO_DOMAIN
from backoffice.history.making import BYTES_OF_A_JOB, make_history, room
from backoffice.history.wish import Wish
from backoffice.models import Message, Recipient
from backoffice.storage import StorageRefused
from tasks_app.audit.system import record_command
from tasks_app.models import Job

MOST_DAYS = 365
FEWEST_JOBS, MOST_JOBS = 100, 10_000_000
MOST_PROCESSES = 64
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
INTERRUPTED = 130  # as shells have it of Ctrl-C


class Command(BaseCommand):
    help = (
        "Make a past of so many days: jobs of every kind and state, schedules, emails, reports, what people "
        "did. All of it appears at once, at the end. Stop web, workers and clock before a large one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=14, help="how long it is (1 to 365)")
        parser.add_argument(
            "--jobs",
            type=int,
            default=2_000,
            help="how many jobs ran in it (100 to 10,000,000); those beyond their retention are gone",
        )
        parser.add_argument("--seed", type=int, default=1, help="the same number makes the same past")
        parser.add_argument(
            "--processes",
            type=int,
            help="how many make the rows of a large one (1 to 64): by default as many as there are "
            "processors. The past is the same",
        )
        parser.add_argument("--until", help="where it ends, in ISO 8601; now where not given")
        parser.add_argument(
            "--beside",
            action="store_true",
            help="make it beside what the database holds already; refused otherwise",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wish = self._wish(**options)
        if settings.PRODUCTION:
            raise CommandError(
                _(
                    "An invented past is not made in production. Make it where ENVIRONMENT is local or "
                    "test, on a database of its own."
                )
            )
        if not options["beside"]:
            _refuse_real_data()
        _refuse_without_room(wish)
        began = time.monotonic()
        with _told():
            written = make_history(wish, lambda said: self.stdout.write(f"  {said}"), options["processes"])
        record_command("make_history", audited.HISTORY_MADE(days=wish.days, jobs=wish.jobs))
        for table, rows in written.items():
            self.stdout.write(f"{rows:>12,}  {table}")
        self.stdout.write(_("Made in %(seconds)d s.") % {"seconds": time.monotonic() - began})

    def _wish(
        self,
        days: int,
        jobs: int,
        seed: int,
        until: str | None,
        processes: int | None,
        **_options: Any,
    ) -> Wish:
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(_("--days is between 1 and 365."))
        if not FEWEST_JOBS <= jobs <= MOST_JOBS:
            raise CommandError(_("--jobs is between 100 and 10,000,000."))
        if processes is not None and not 1 <= processes <= MOST_PROCESSES:
            raise CommandError(_("--processes is between 1 and 64."))
        return Wish(days, jobs, seed, timezone.now() if until is None else _moment(until))


def _moment(given: str) -> datetime:
    try:
        moment = parse_datetime(given.strip())
        if moment is None:
            raise ValueError(given)
        moment = timezone.make_aware(moment) if timezone.is_naive(moment) else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise CommandError(_("--until is a moment in ISO 8601, such as 2026-11-29T12:00:00+01:00.")) from None
    if moment > timezone.now():
        raise CommandError(_("--until is in the future, and a past ends before now."))
    if moment < EARLIEST:
        raise CommandError(_("--until is before the year 2000. Give a later one."))
    return moment


def _refuse_real_data() -> None:
    """Whatever is no demo recipient may be somebody's work."""
    people = Recipient.objects.exclude(email__iendswith=DEMO_DOMAIN)
    if Job.objects.exists() or Message.objects.exists() or people.exists():
        raise CommandError(
            _(
                "This database is in use: it holds jobs, messages or recipients. An invented past cannot be "
                "told from them afterwards, nor be taken out again. Make it in a database of its own, or say "
                "--beside to have it beside what is there."
            )
        )


def _refuse_without_room(wish: Wish) -> None:
    """Where the database's disk is one of this host's."""
    free, needed = room(), wish.jobs * BYTES_OF_A_JOB
    if free is not None and needed > free:
        raise CommandError(
            _("It takes about %(needed)s, and %(free)s are free on the disk. Ask for fewer --jobs.")
            % {"needed": filesizeformat(needed), "free": filesizeformat(free)}
        )


@contextmanager
def _told() -> Iterator[None]:
    """Whatever ends it early is a sentence; nothing was written then."""
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError(
            _("Interrupted: nothing of it was written. It can be started again."), returncode=INTERRUPTED
        ) from None
    except IntegrityError as error:
        raise CommandError(
            _("This very past is there already: choose another --seed or --until (%(error)s)")
            % {"error": error}
        ) from error
    except (DatabaseError, OSError, StorageRefused) as error:
        raise CommandError(
            _(
                "It could not be written, and nothing of it was: %(error)s Where the disk is full, free some "
                "room or ask for fewer --jobs; then start again."
            )
            % {"error": str(error).strip().rstrip(".") + "."}
        ) from error
