"""`manage.py backup FOLDER`: database, report files, attachments and outbox, while everybody works on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.admin import audited
from backoffice.backup.folder import BackupError, Manifest, in_words
from backoffice.backup.making import back_up
from tasks_app.audit.system import record_command


class Command(BaseCommand):
    help = "Write a backup into a new folder below the one you name. Nothing has to stop for it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="where backups are kept, on another disk than the data")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = back_up(options["folder"])
        except (BackupError, OSError) as error:
            raise CommandError(f"No backup was made: {in_words(error)}") from error
        record_command("backup", audited.BACKED_UP(folder=str(made)))
        files = ", ".join(f"{count} in {name}" for name, count in Manifest.read(made).files.items())
        self.stdout.write(f"{made}: the database, and files: {files}.")
        if settings.STORAGE_URL:
            self.stdout.write(
                f"Reports and attachments stay in {settings.STORAGE_URL}: give that bucket versioning, "
                "or copy it."
            )
