"""Report files and attachments, through Django's storage API: a folder by default, S3 by a setting.

A file is written under a name nobody can guess or ask for; it is visible once the row that names it commits
(a report's with the job's end). What a lost run leaves behind is a file that no row knows.
"""

from __future__ import annotations

import hashlib
import logging
import os
import uuid
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import IO, cast
from uuid import UUID

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.models import Attachment, PeopleList, Report
from tasks_app.errors import CodedError
from tasks_app.notices import TECHNICAL, declare

log = logging.getLogger(__name__)

REPORTS, ATTACHMENTS, PROBES, LISTS = "reports", "attachments", "probes", "lists"
# Where uploaded lists waited until 0.2.0: nobody knows of those that were not confirmed.
FORMER_LISTS = "django-import-export"
CHUNK = 1 << 20  # bytes
BATCH = 500  # files that one question to the database is about


REFUSED = declare(
    "report.storage_refused",
    _(
        "The file was made but could not be kept: the storage refused it (%(error)s). "
        "Ask whoever runs this site to check its space and its rights, then run the job again."
    ),
    general=_("The file was made but could not be kept: the storage refused it."),
    hint=_("Ask whoever runs this site to check its space and its rights, then run the job again."),
    error=TECHNICAL,
)
ALTERED = declare(
    "report.storage_altered",
    _(
        "The file was made but the storage gave back another file than it was given. "
        "Ask whoever runs this site to check it, then run the job again."
    ),
)


class StorageRefused(CodedError):
    """The storage did not take a file, or gave back something else. str() says what to do."""


@dataclass(frozen=True)
class Kept:
    name: str  # in the storage
    size: int  # bytes
    sha256: str


def name_for(report_id: UUID, made_at: datetime, extension: str) -> str:
    return f"{REPORTS}/{made_at:%Y/%m}/{report_id}.{extension}"


def name_for_attachment(written_at: datetime) -> str:
    """Without the name its sender gave it, which may hold anything: that one stands in the row."""
    return f"{ATTACHMENTS}/{written_at:%Y/%m}/{uuid.uuid4()}"


def name_for_list(uploaded_at: datetime) -> str:
    return f"{LISTS}/{uploaded_at:%Y/%m}/{uuid.uuid4()}"


def keep(content: IO[bytes], name: str) -> Kept:
    """Write a whole file and read it back; raises StorageRefused and leaves nothing half-written."""
    size, digest = _measure(content)
    stored = name
    try:
        content.seek(0)
        stored = default_storage.save(name, File(content))
        with default_storage.open(stored) as written:
            found = _measure(written)
    except OSError as error:
        discard(stored)
        raise StorageRefused(REFUSED(error=error)) from error
    if found != (size, digest):
        discard(stored)
        raise StorageRefused(ALTERED())
    return Kept(stored, size, digest)


def opened(name: str) -> File[bytes]:
    """The file, to be read; raises FileNotFoundError when it is gone, OSError out of reach."""
    return default_storage.open(name)


def is_unchanged(file: File[bytes], sha256: str) -> bool:
    """Whether an opened file is what was kept under that checksum; it stands at its beginning again."""
    _size, found = _measure(cast("IO[bytes]", file))
    file.seek(0)
    return found == sha256


def read(name: str) -> bytes:
    """A small file whole; raises as `opened` does."""
    with opened(name) as file:
        return bytes(file.read())


def trouble_with(name: str) -> str:
    """What keeps a file from being read, in a sentence; "" where nothing does."""
    try:
        return "" if default_storage.exists(name) else gone_sentence()
    except OSError as error:
        return out_of_reach_sentence(error)


def gone_sentence() -> str:
    return gettext("The file is not in the storage any more.")


def out_of_reach_sentence(error: OSError) -> str:
    return gettext("The storage cannot be read now: %(error)s") % {"error": error}


def probe() -> None:
    """Write, read and delete a small file; raises StorageRefused or OSError with the reason."""
    kept = keep(ContentFile(b"Is it writable?"), f"{PROBES}/{uuid.uuid4()}")
    default_storage.delete(kept.name)


def discard_unknown(names: Collection[str]) -> None:
    """Delete these files, but for those that a row still names: one file may travel with many messages."""
    known = _known(list(names))
    for name in set(names) - known:
        discard(name)


def discard(name: str) -> bool:
    """Delete a file; False (and a line in the log) when the storage will not. The cleanup asks again."""
    try:
        default_storage.delete(name)
    except OSError as error:
        log.warning("could not delete %s: %s", name, error)
        return False
    return True


def strays(before: datetime) -> Iterator[str]:
    """Files last written before that moment that no row knows: what runs that died left behind."""
    for top in (REPORTS, ATTACHMENTS, PROBES, LISTS, FORMER_LISTS):
        for folder, names in _folders(top):
            for batch in batched(names, BATCH):
                paths = [f"{folder}/{name}" for name in batch]
                known = _known(paths)
                for path in paths:
                    if path not in known and default_storage.get_modified_time(path) < before:
                        yield path


def sizes_under(top: str) -> Iterator[int]:
    """Bytes of each file below one of the top folders; raises OSError where they are out of reach."""
    if listed := getattr(default_storage, "sizes_under", None):  # a bucket, which lists a thousand at a time
        yield from listed(top)
    else:
        yield from sizes_in(Path(default_storage.path(top)))


def sizes_in(folder: Path) -> Iterator[int]:
    """Bytes of each file in a folder of this machine; none where there is no such folder."""
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from sizes_in(Path(entry.path))
            else:
                with suppress(FileNotFoundError):  # removed meanwhile
                    yield entry.stat(follow_symlinks=False).st_size


def _known(paths: list[str]) -> set[str]:
    reports = Report.objects.filter(file__in=paths).values_list("file", flat=True)
    attachments = Attachment.objects.filter(file__in=paths).values_list("file", flat=True)
    lists = PeopleList.objects.filter(file__in=paths).values_list("file", flat=True)
    return {*reports, *attachments, *lists}


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
