"""`manage.py demo`: demo accounts, one a role, and recipients to try the back office with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from backoffice.admin import audited
from backoffice.demo import make_demo, remove_demo
from tasks_app.audit.system import record_command


class Command(BaseCommand):
    help = "Make the demo accounts and recipients that are absent, or remove the accounts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--remove", action="store_true", help="Remove the demo accounts.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            removed = ", ".join(remove_demo())
            if removed:
                record_command("demo", audited.DEMO_REMOVED(names=removed))
            self.stdout.write(_("Removed: %s") % (removed or "-"))
            return
        if settings.PRODUCTION:
            raise CommandError(
                _(
                    "Demo accounts have public passwords and are not made in production. "
                    "Make a real one with `manage.py first_superuser`."
                )
            )
        made = ", ".join(make_demo())
        if made:
            record_command("demo", audited.DEMO_MADE(names=made))
        self.stdout.write(_("Made: %s") % (made or "-"))
