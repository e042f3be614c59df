"""`manage.py seed`: the groups, email templates and schedules that a new installation starts with."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from backoffice.admin import audited
from backoffice.emails.seeds import seed_templates
from backoffice.seeds import seed_groups
from tasks_app.audit.system import record_command
from tasks_app.schedules.seeds import seed as seed_schedules


class Command(BaseCommand):
    help = "Make the groups, email templates and schedules that are absent. What exists is left as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        # Schedules come last: they may name a template.
        for label, seed in (
            ("Groups", seed_groups),
            ("Email templates", seed_templates),
            ("Schedules", seed_schedules),
        ):
            made = ", ".join(seed())
            if made:
                record_command("seed", audited.SEEDED(names=made))
            self.stdout.write(f"{label}: {made or '-'}")
