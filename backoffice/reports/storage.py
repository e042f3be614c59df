"""Report files, through Django's storage API: a folder by default, S3 by a setting.

A file is written under a name nobody can guess or ask for; it becomes a report when the Report row
that names it commits with the job's end. What a lost run leaves behind is a file that no row knows.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext

from backoffice.models import Report
from backoffice.reports.errors import StorageRefused

log = logging.getLogger(__name__)

FOLDER = "reports"
# What storages raise when they will not: folders an OSError, S3 its own kind.
STORAGE_ERRORS = (OSError, BotoCoreError, ClientError)
CHUNK = 1 << 20  # bytes


@dataclass(frozen=True)
class Kept:
    name: str  # in the storage
    size: int  # bytes
    sha256: str


def name_for(report_id: UUID, made_at: datetime, extension: str) -> str:
    return f"{FOLDER}/{made_at:%Y/%m}/{report_id}.{extension}"


def keep(content: IO[bytes], name: str) -> Kept:
    """Write a whole file and read it back; raises StorageRefused and leaves nothing half-written."""
    size, digest = _measure(content)
    stored = name
    try:
        content.seek(0)
        stored = default_storage.save(name, File(content))
        with default_storage.open(stored) as written:
            found = _measure(written)
    except STORAGE_ERRORS as error:
        discard(stored)
        raise StorageRefused(
            gettext(
                "The report was made but could not be kept: the storage refused it (%(error)s). "
                "Ask whoever runs this site to check its space and its rights, then run the job again."
            )
            % {"error": error}
        ) from error
    if found != (size, digest):
        discard(stored)
        raise StorageRefused(
            gettext(
                "The report was made but the storage gave back another file than it was given. "
                "Ask whoever runs this site to check it, then run the job again."
            )
        )
    return Kept(stored, size, digest)


def opened(name: str) -> File[bytes]:
    """The file, to be read; raises one of STORAGE_ERRORS when it is gone or out of reach."""
    return default_storage.open(name)


def is_there(name: str) -> bool:
    try:
        return default_storage.exists(name)
    except STORAGE_ERRORS:
        return False


def discard(name: str) -> bool:
    """Delete a file; False (and a line in the log) when the storage will not. The cleanup asks again."""
    try:
        default_storage.delete(name)
    except STORAGE_ERRORS as error:
        log.warning("could not delete %s: %s", name, error)
        return False
    return True


def delete_report(report: Report) -> bool:
    """Delete the file, then its row; False when the storage keeps the file, and then the row stays too."""
    if not discard(report.file):
        return False
    report.delete()
    return True


def strays(before: datetime) -> Iterator[str]:
    """Files last written before that moment that no row knows: what runs that died left behind."""
    for folder, names in _folders(FOLDER):
        paths = [f"{folder}/{name}" for name in names]
        known = set(Report.objects.filter(file__startswith=f"{folder}/").values_list("file", flat=True))
        for path in paths:
            if path not in known and default_storage.get_modified_time(path) < before:
                yield path


def _folders(top: str) -> Iterator[tuple[str, list[str]]]:
    try:
        folders, files = default_storage.listdir(top)
    except FileNotFoundError:
        return
    if files:
        yield top, files
    for folder in folders:
        yield from _folders(f"{top}/{folder}")


def _measure(content: IO[bytes]) -> tuple[int, str]:
    content.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := content.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()
