"""Files that travel with messages: kept in the storage, named by their rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.utils import timezone

from backoffice import storage
from backoffice.emails import causes
from backoffice.emails.errors import Refused, TryAgain
from backoffice.models import Attachment, Message


class File(NamedTuple):
    """One attachment: its name as the reader sees it, its type as `major/minor`, its bytes."""

    name: str
    content_type: str
    content: bytes


def keep(files: Iterable[File]) -> list[Attachment]:
    """Unsaved rows of files that are in the storage: before the transaction, which an upload would hold up.

    Raises StorageRefused. A row that is never written leaves a file for the cleanup.
    """
    return [_kept(file) for file in files]


def attach(message: Message, attachments: Iterable[Attachment]) -> None:
    rows = list(attachments)
    for row in rows:
        row.message = message
    Attachment.objects.bulk_create(rows)


def content_of(attachment: Attachment) -> bytes:
    """Raises Refused when the file is gone, TryAgain while the storage does not answer."""
    if not attachment.file:  # written before attachments moved into the storage
        return bytes(attachment.content)
    try:
        return storage.read(attachment.file)
    except FileNotFoundError:
        raise Refused(causes.ATTACHMENT_GONE(name=attachment.name)) from None
    except OSError as error:
        raise TryAgain(causes.ATTACHMENT_UNREADABLE(name=attachment.name, error=error)) from error


def files_of(message: Message) -> list[File]:
    """Each with its bytes, none of a draft; raises as `content_of` does."""
    if message.is_draft:
        return []
    return [File(one.name, one.content_type, content_of(one)) for one in message.attachments.all()]


def _kept(file: File) -> Attachment:
    kept = storage.keep(ContentFile(file.content), storage.name_for_attachment(timezone.now()))
    return Attachment(name=file.name, content_type=file.content_type, file=kept.name)
