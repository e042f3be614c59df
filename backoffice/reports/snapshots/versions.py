"""By what a report is made: whatever changes its bytes though its rows are the same."""

from __future__ import annotations

import ctypes
import hashlib
import platform
from functools import cache
from importlib.metadata import version

from django.conf import settings

from backoffice.reports.assets import ASSETS
from backoffice.reports.forms import Format

LIBRARIES = {
    Format.PDF: ("WeasyPrint", "pydyf", "fonttools"),
    Format.CSV: (),
    Format.XLSX: ("openpyxl",),
}
PANGO = ("libpango-1.0.so.0", "libpango-1.0.0.dylib")  # Linux, macOS


def versions_of(form: str) -> dict[str, str]:
    """By name, of the process that asks."""
    found = {"code": settings.VERSION, "Python": platform.python_version(), "Django": version("Django")}
    found |= {name: version(name) for name in LIBRARIES[Format(form)]}
    if form == Format.PDF:
        found |= {"Pango": _pango(), "fonts": _fonts()}
    return found


def differing(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """The names of those that are not what they were, each with both."""
    names = sorted({*then, *now})
    return [
        f"{name} {then.get(name, '–')} → {now.get(name, '–')}"
        for name in names
        if then.get(name) != now.get(name)
    ]


@cache
def _pango() -> str:
    """It sets the text. "" where it cannot be asked."""
    for name in PANGO:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.pango_version_string.restype = ctypes.c_char_p
        said: bytes = library.pango_version_string()
        return said.decode()
    return ""


@cache
def _fonts() -> str:
    """A digest of our own fonts and of the stylesheet."""
    digest = hashlib.sha256()
    for file in sorted(one for one in ASSETS.rglob("*") if one.is_file()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
