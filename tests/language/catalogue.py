"""The committed French, read."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import polib
from django.conf import settings

PLACEHOLDER = re.compile(r"%\(\w+\)\d*[sd]|%[sd]|%%|\{\w*\}")
FOLDER: Path = settings.LOCALE_PATHS[0] / "fr" / "LC_MESSAGES"


@cache
def french() -> list[polib.POEntry]:
    return list(polib.pofile(str(FOLDER / "django.po")))


def key(entry: polib.POEntry | polib.MOEntry) -> tuple[str | None, str, str]:
    """What makes two sentences the same to gettext."""
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def pairs(entry: polib.POEntry | polib.MOEntry) -> list[tuple[str, str]]:
    """English and French, in the singular and where there is one in the plural."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    forms = entry.msgstr_plural
    return [(entry.msgid, forms.get(0, "")), (entry.msgid_plural, forms.get(1, ""))]
