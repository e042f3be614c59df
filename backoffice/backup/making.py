"""Making a backup while everybody works on.

Files never change once they are written, so they are copied before and after the database: every file that
a row of the snapshot names is there, whatever was written or deleted meanwhile.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from backoffice.backup import dumps
from backoffice.backup.folder import MANIFEST, BackupError, Manifest, copy, folders, sha256_of


def back_up(target: Path, now: datetime | None = None) -> Path:
    """Write `target/backoffice-<moment>`, whole or not at all; returns it. Raises BackupError, OSError."""
    moment = timezone.localtime(now)
    folder = target / f"backoffice-{moment:%Y-%m-%d-%H%M%S}"
    unfinished = folder.with_suffix(".part")
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        _copy_files(unfinished)
        database = unfinished / dumps.file_name()
        dumps.dump(database)
        _copy_files(unfinished)
        manifest = Manifest(
            version=settings.VERSION,
            made_at=moment.isoformat(timespec="seconds"),
            vendor=connection.vendor,
            sha256=sha256_of(database),
            migrations=sorted(f"{app}.{name}" for app, name in _applied()),
            files={name: _count(unfinished / name) for name in folders()},
        )
        (unfinished / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n")
        unfinished.rename(folder)
    except BaseException as error:  # stopped by hand too: what is half there is no backup
        shutil.rmtree(unfinished, ignore_errors=True)
        if isinstance(error, dumps.DumpError):
            raise BackupError(str(error)) from error
        raise
    return folder


def _copy_files(target: Path) -> None:
    for name, source in folders().items():
        copy(source, target / name)


def _applied() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


def _count(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())
