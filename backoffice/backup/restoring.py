"""Putting a backup where the settings point: what was under way is settled, and nothing is sent twice."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from backoffice.backup import dumps
from backoffice.backup.folder import BackupError, Manifest, copy, folders, sha256_of
from backoffice.emails import causes
from backoffice.emails.causes import because
from backoffice.models import Message, MessageState
from tasks_app import control
from tasks_app.ledger import transitions
from tasks_app.models import Job, State


@dataclass(frozen=True)
class Restored:
    manifest: Manifest
    waiting: int  # jobs that start again by themselves
    running: int  # jobs that were running: recovered as those of a lost worker
    unknown: int  # messages that were being handed over, and are not sent again
    queued: int  # messages that are yet to be sent


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
            copy(folder / name, place)
    call_command("migrate", interactive=False, verbosity=0)  # what follows speaks of this version's tables
    return _settle(manifest, hold=hold)


def _refuse_another_kind(manifest: Manifest, database: Path) -> None:
    if manifest.vendor != connection.vendor:
        raise BackupError(
            f"The backup is of {manifest.vendor}, and DATABASE_URL names {connection.vendor}: "
            "restore it to a database of its own kind."
        )
    if not database.is_file() or sha256_of(database) != manifest.sha256:
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
        state=MessageState.UNKNOWN, error_class="Restored", **because(causes.CUT_SHORT())
    )
    # The broker is another one or knows another time: the clock publishes all of them again.
    waiting = [*Job.objects.filter(state=State.WAITING).values_list("id", flat=True)]
    transitions.unpublish_lost(waiting)
    if hold:
        for queue in _queues():
            control.pause(
                queue, by=None, reason=_("Restored from a backup: look at what waits, then resume.")
            )
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
