"""Programs of this machine that tests use, as far as they are there."""

from __future__ import annotations

import shutil
from pathlib import Path


def find_postgres() -> Path | None:
    """The folder of the newest PostgreSQL server programs on this machine."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    on_path = shutil.which("initdb")
    folders = debian + ([Path(on_path).resolve().parent] if on_path else [])
    return next((path for path in folders if (path / "initdb").exists()), None)


def find_chromium() -> Path | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    return None


def find_gettext() -> Path | None:
    """xgettext, which collects sentences to translate."""
    found = shutil.which("xgettext")
    return Path(found) if found else None


def find_systemd_analyze() -> Path | None:
    found = shutil.which("systemd-analyze")
    return Path(found) if found else None
