"""`manage.py demo`: demo accounts, one a role, and recipients to try the back office with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.admin.models import ADDITION
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from backoffice.demo import make_demo, remove_demo
from tasks_app.audit.changes import ADDED
from tasks_app.management.by_whom import log


class Command(BaseCommand):
    help = "Make the demo accounts and recipients that are absent, or remove the accounts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--remove", action="store_true", help="Remove the demo accounts.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            self.stdout.write(_("Removed: %s") % (", ".join(remove_demo()) or "-"))
            return
        if settings.PRODUCTION:
            raise CommandError(
                _(
                    "Demo accounts have public passwords and are not made in production. "
                    "Make a real one with `manage.py first_superuser`."
                )
            )
        made = make_demo()
        for user in User.objects.filter(username__in=made):
            log(user, user, ADDED(), ADDITION)
        self.stdout.write(_("Made: %s") % (", ".join(made) or "-"))
