"""What lies in the folder of a backup: files, one of the database, and the manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from tasks_app.full_disk import is_full

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


def in_words(error: BackupError | OSError) -> str:
    """What went wrong, and of a full disk what to do."""
    said = f"{error}".rstrip(".") + "."
    has_no_room = is_full(error) or "disk is full" in said
    return (
        f"{said} Free some room on that disk, or name a folder on another, then try again."
        if has_no_room
        else said
    )


def folders() -> dict[str, Path]:
    """The folders that hold what the database names. Files in a bucket are the bucket's own to keep."""
    held = {"outbox": Path(settings.OUTBOX_DIR)}
    return held if settings.STORAGE_URL else {"files": Path(settings.MEDIA_ROOT), **held}


def copy(source: Path, target: Path) -> None:
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


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
