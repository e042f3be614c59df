"""Fixtures of the languages: sentences collected anew from a copy of the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polib
import pytest
from django.conf import settings

SOURCES = ("projet", "tasks_app", "backoffice")


@pytest.fixture
def collect(tmp_path: Path) -> Callable[[Path], list[polib.POEntry]]:
    """`collect(package)`: the sentences of a Python package, as `make messages` finds them."""

    def collect_from(*packages: Path) -> list[polib.POEntry]:
        for package in packages:
            ignored = shutil.ignore_patterns("locale", "__pycache__", "static")
            shutil.copytree(package, tmp_path / package.name, ignore=ignored)
        (tmp_path / "locale").mkdir()
        command = [sys.executable, "-m", "django", "makemessages", "--locale", "fr", "--verbosity", "0"]
        # Without settings: the folder `locale` here is where the sentences go.
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=100)
        return list(polib.pofile(str(tmp_path / "locale" / "fr" / "LC_MESSAGES" / "django.po")))

    return collect_from


@pytest.fixture
def ours(collect: Callable[..., list[polib.POEntry]]) -> list[polib.POEntry]:
    """The sentences that stand in our sources now."""
    return collect(*(settings.BASE_DIR / name for name in SOURCES))
