"""`manage.py restore FOLDER`: a backup, put where the settings point."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.admin import audited
from backoffice.backup.folder import BackupError, in_words
from backoffice.backup.restoring import restore
from backoffice.health import encryption_keys
from tasks_app.audit.system import record_command
from tasks_app.monitor.health.checks import Level


class Command(BaseCommand):
    help = "Restore a backup into an empty database and empty folders, and bring it to this version."
    # It is asked of a database that has no tables yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="one backup, as `manage.py backup` printed it")
        parser.add_argument("--replace", action="store_true", help="lose what is there now")
        parser.add_argument(
            "--hold",
            action="store_true",
            help="leave all queues with work paused, to look before anything starts",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restored = restore(options["folder"], replace=options["replace"], hold=options["hold"])
        except (BackupError, OSError) as error:
            raise CommandError(f"Not restored: {in_words(error)}") from error
        manifest = restored.manifest
        what = audited.RESTORED(
            version=manifest.version, made_at=str(manifest.made_at), folder=str(options["folder"])
        )
        record_command("restore", what)
        self.stdout.write(
            f"Restored what version {restored.manifest.version} had at {restored.manifest.made_at}.\n"
            f"Jobs that wait: {restored.waiting}. Jobs that were running: {restored.running}.\n"
            f"Emails yet to be sent: {restored.queued}. Emails that may have left, and are not sent again: "
            f"{restored.unknown}."
        )
        if options["hold"]:
            self.stdout.write(
                "Their queues are paused: look at what waits, then resume them in Queues & workers."
            )
        else:
            self.stdout.write("What waits starts as soon as a clock and a worker run.")
        for finding in encryption_keys(timezone.now()):
            if finding.level is Level.FAILED:  # their key is in no backup
                self.stderr.write(f"{finding.sentence} {finding.remedy}")
