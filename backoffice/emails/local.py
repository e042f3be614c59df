"""The embedded outbox: each mail becomes an .eml file in `OUTBOX_DIR`. It needs no account anywhere."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from django.conf import settings

from backoffice.emails import causes
from backoffice.emails.errors import TryAgain


def send(message_id: str, sender: str, to: str, mime: bytes) -> str:
    """Write `<message id>.eml`, whole or not at all, readable by its owner only; returns the file's name."""
    name = f"{message_id}.eml"
    try:
        write(Path(settings.OUTBOX_DIR) / name, mime)
    except OSError as error:
        raise TryAgain(causes.OUTBOX_CLOSED(error=error)) from error
    return name


def write(path: Path, content: bytes) -> None:
    """As a temporary file beside it that is synced, then renamed: nobody sees half a mail."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).rename(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
