"""`manage.py seed`: groups, email templates and schedules that are absent by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext_lazy as _

# What is seeded, in this order: schedules name templates, templates name nobody.
SEEDS = [
    (_("Groups"), "backoffice.seeds", "seed_groups"),
    (_("Email templates"), "backoffice.emails.seeds", "seed_templates"),
    (_("Schedules"), "tasks_app.seeds", "seed_schedules"),
]


class Command(BaseCommand):
    help = "Make the groups, email templates and schedules that are absent. What exists is left as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        for label, module, function in SEEDS:
            try:
                seed: Callable[[], list[str]] = getattr(import_module(module), function)
            except ModuleNotFoundError:
                continue
            made = seed()
            self.stdout.write(f"{label}: {', '.join(made) if made else '-'}")
