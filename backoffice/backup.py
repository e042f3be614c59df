"""One backup is one folder: the database, the report files and attachments, the outbox, and what it is of.

Files never change once they are written, so they are copied before and after the database: every file that
a row of the snapshot names is there, whatever was written or deleted meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from backoffice import dumps
from backoffice.emails.deliver import lost_sentence
from backoffice.models import Message, MessageState
from tasks_app import control
from tasks_app.ledger import transitions
from tasks_app.models import Job, State

MANIFEST = "manifest.json"


class BackupError(Exception):
    """No backup was made, or nothing was restored. str() says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    version: str
    made_at: str  # ISO 8601
    vendor: str  # sqlite or postgresql
    sha256: str  # of the database's file
    migrations: list[str]  # app.name
    files: dict[str, int]  # folder: how many

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        try:
            return cls(**json.loads((folder / MANIFEST).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise BackupError(f"{folder} is no whole backup: {error}. Name the folder of one.") from error


@dataclass(frozen=True)
class Restored:
    manifest: Manifest
    waiting: int  # jobs that start again by themselves
    running: int  # jobs that were running: recovered as those of a lost worker
    unknown: int  # messages that were being handed over, and are not sent again
    queued: int  # messages that are yet to be sent


def folders() -> dict[str, Path]:
    """The folders that hold what the database names. Files in a bucket are the bucket's own to keep."""
    held = {"outbox": Path(settings.OUTBOX_DIR)}
    return held if settings.STORAGE_URL else {"files": Path(settings.MEDIA_ROOT), **held}


# --- Making one --------------------------------------------------------------------------------------


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
            sha256=_sha256(database),
            migrations=sorted(f"{app}.{name}" for app, name in _applied()),
            files={name: _count(unfinished / name) for name in folders()},
        )
        (unfinished / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n")
        unfinished.rename(folder)
    except dumps.DumpError as error:
        shutil.rmtree(unfinished)
        raise BackupError(str(error)) from error
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return folder


def _copy_files(target: Path) -> None:
    for name, source in folders().items():
        _copy(source, target / name)


def _copy(source: Path, target: Path) -> None:
    """Each file that is not there yet, without half-written ones (`.part`) and those deleted meanwhile."""
    target.mkdir(exist_ok=True, mode=0o700)
    for path in sorted(source.rglob("*")):
        there = target / path.relative_to(source)
        if path.is_dir() or path.suffix == ".part" or there.exists():
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(path, there)
        except FileNotFoundError:
            continue


def _applied() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


def _count(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- Restoring one -----------------------------------------------------------------------------------


def restore(folder: Path, *, replace: bool = False, hold: bool = False) -> Restored:
    """Put a backup where the settings point, and bring it to this version.

    Raises BackupError, and then nothing was touched unless its database turned out to be broken.

    `replace` drops what is there. `hold` leaves every queue paused, so that nothing starts before a person
    looked: jobs that waited as the backup was made may have run since.
    """
    manifest = Manifest.read(folder)
    database = folder / dumps.file_name()
    _refuse_another_kind(manifest, database)
    if replace:
        dumps.clear()
        for place in folders().values():
            shutil.rmtree(place, ignore_errors=True)
    else:
        _refuse_a_full_target()
    try:
        dumps.restore(database)
    except dumps.DumpError as error:
        raise BackupError(str(error)) from error
    for name, place in folders().items():
        if (folder / name).is_dir():
            _copy(folder / name, place)
    call_command("migrate", interactive=False, verbosity=0)  # what follows speaks of this version's tables
    return _settle(manifest, hold=hold)


def _refuse_another_kind(manifest: Manifest, database: Path) -> None:
    if manifest.vendor != connection.vendor:
        raise BackupError(
            f"The backup is of {manifest.vendor}, and DATABASE_URL names {connection.vendor}: "
            "restore it to a database of its own kind."
        )
    if not database.is_file() or _sha256(database) != manifest.sha256:
        raise BackupError(f"{database} is not what it was when the backup was made. Take another backup.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).graph.nodes}
    newer = [one for one in manifest.migrations if one not in known]
    if newer:
        raise BackupError(
            f"The backup was made by version {manifest.version}, which is newer than this one "
            f"({settings.VERSION}): it knows {newer[0]}. Install that version, then restore."
        )


def _refuse_a_full_target() -> None:
    full = [str(place) for place in folders().values() if place.is_dir() and any(place.rglob("*.*"))]
    if not dumps.is_empty():
        full.insert(0, "the database")
    if full:
        raise BackupError(
            f"Something is there already: {', '.join(full)}. Restore into an empty place, or say --replace, "
            "which loses what is there."
        )


def _settle(manifest: Manifest, *, hold: bool) -> Restored:
    """What was under way as the backup was made: no email that may have left is sent by a machine."""
    unknown = Message.objects.filter(state=MessageState.SUBMITTING).update(
        state=MessageState.UNKNOWN, error=lost_sentence(), error_class="Restored"
    )
    # The broker is another one or knows another time: the clock publishes all of them again.
    waiting = [*Job.objects.filter(state=State.WAITING).values_list("id", flat=True)]
    transitions.unpublish_lost(waiting)
    if hold:
        for queue in _queues():
            control.pause(queue, by=None)
    return Restored(
        manifest,
        waiting=len(waiting),
        running=Job.objects.filter(state=State.RUNNING).count(),
        unknown=unknown,
        queued=Message.objects.queued().count(),
    )


def _queues() -> set[Any]:
    waiting = Job.objects.filter(state__in=[State.WAITING, State.RUNNING]).order_by()
    return {*waiting.values_list("queue", flat=True).distinct()}
