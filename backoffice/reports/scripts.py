"""Which signs a report can be printed with on this machine: those that a font of its own, or of ours, has.

WeasyPrint prints a sign without a font as a box and tells the log alone; so fontconfig is asked before.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from fontTools.ttLib import TTFont
from fontTools.unicodedata import script, script_name

from backoffice.reports.fontconfig import has_letter
from backoffice.reports.sections import Words

OWN = Path(__file__).parent / "assets" / "fonts"
NOTO = "fonts-noto-core"


@dataclass(frozen=True)
class Script:
    name: Promise
    sample: str  # letters that each text in it has
    package: str  # of Debian, whose fonts have it


# The scripts of the languages that most people read (by ISO 15924), and the emoji of whoever writes subjects.
SCRIPTS: dict[str, Script] = {
    "Latn": Script(gettext_lazy("Latin"), "aéß", "fonts-dejavu-core"),
    "Grek": Script(gettext_lazy("Greek"), "αω", "fonts-dejavu-core"),
    "Cyrl": Script(gettext_lazy("Cyrillic"), "яїђ", "fonts-dejavu-core"),
    "Arab": Script(gettext_lazy("Arabic"), "مپ", NOTO),
    "Hebr": Script(gettext_lazy("Hebrew"), "אש", NOTO),
    "Hani": Script(gettext_lazy("Chinese"), "山中", "fonts-noto-cjk"),
    "Kana": Script(gettext_lazy("Japanese"), "カの", "fonts-noto-cjk"),
    "Hang": Script(gettext_lazy("Korean"), "한국", "fonts-noto-cjk"),
    "Deva": Script(gettext_lazy("Devanagari (Hindi, Marathi, Nepali)"), "अम", NOTO),
    "Beng": Script(gettext_lazy("Bengali"), "কম", NOTO),
    "Guru": Script(gettext_lazy("Gurmukhi (Punjabi)"), "ਕਮ", NOTO),
    "Gujr": Script(gettext_lazy("Gujarati"), "કમ", NOTO),
    "Taml": Script(gettext_lazy("Tamil"), "கம", NOTO),
    "Telu": Script(gettext_lazy("Telugu"), "కమ", NOTO),
    "Knda": Script(gettext_lazy("Kannada"), "ಕಮ", NOTO),
    "Mlym": Script(gettext_lazy("Malayalam"), "കമ", NOTO),
    "Sinh": Script(gettext_lazy("Sinhala"), "කම", NOTO),
    "Thai": Script(gettext_lazy("Thai"), "กส", NOTO),
    "Laoo": Script(gettext_lazy("Lao"), "ກມ", NOTO),
    "Khmr": Script(gettext_lazy("Khmer"), "កម", NOTO),
    "Mymr": Script(gettext_lazy("Burmese"), "ကမ", NOTO),
    "Armn": Script(gettext_lazy("Armenian"), "ան", NOTO),
    "Geor": Script(gettext_lazy("Georgian"), "ან", NOTO),
    "Ethi": Script(gettext_lazy("Ethiopic (Amharic)"), "አማ", NOTO),
    "Zyyy": Script(gettext_lazy("signs and emoji"), "😀✓", "fonts-noto-color-emoji"),
}
SAME = {"Hira": "Kana", "Zinh": "Zyyy"}  # which of them stands for another


def printable() -> tuple[list[Script], list[Script]]:
    """The scripts that can be printed here, and those that cannot."""
    can = [one for one in SCRIPTS.values() if not without_font(one.sample)]
    return can, [one for one in SCRIPTS.values() if one not in can]


def without_font(text: Iterable[str]) -> set[str]:
    """The signs of a text that would be printed as boxes; raises OSError without fontconfig."""
    return {sign for sign in set(text) - _letters_of_ours() if _is_drawn(sign) and not has_letter(ord(sign))}


def notice(*parts: Any) -> Words | None:
    """What a report says of its own text where some of it cannot be printed; None where all can."""
    signs: set[str] = set()
    _collect(parts, signs)
    missing = without_font(signs)
    if not missing:
        return None
    known = {code: _script_of(code) for code in sorted(map(_code_of, missing))}
    return Words(
        _(
            "Some of this report is printed as boxes: the machine that made it has no font for it. It is "
            "written in: %(scripts)s. Ask whoever runs this site to install fonts (on Debian: %(packages)s), "
            "then make the report again. The CSV, where there is one, has every letter."
        )
        % {
            "scripts": get_text_list([str(one.name) for one in known.values()], _("and")),
            "packages": ", ".join(packages_for(known.values())),
        },
        title=_("Letters that are missing"),
        tone="warn",
    )


def packages_for(scripts: Iterable[Script]) -> list[str]:
    return sorted({one.package for one in scripts})


def _code_of(sign: str) -> str:
    code: str = script(sign)
    return SAME.get(code, code)


def _script_of(code: str) -> Script:
    return SCRIPTS.get(code) or Script(gettext_lazy(script_name(code)), "", NOTO)


def _is_drawn(sign: str) -> bool:
    """Not what has no shape of its own: spaces, controls, what chooses the look of the sign before it."""
    return unicodedata.category(sign)[0] not in "ZC" or unicodedata.category(sign) in ("Co", "Cn")


def _collect(value: Any, signs: set[str]) -> None:
    """The signs of whatever a section holds; numbers and dates are written in letters that we bring along."""
    match value:
        case str() | Promise():
            signs.update(str(value))
        case Mapping():
            _collect(list(value.values()), signs)
        case Sequence():
            for one in value:
                _collect(one, signs)
        case _ if is_dataclass(value):
            for part in fields(value):
                _collect(getattr(value, part.name), signs)


@cache
def _letters_of_ours() -> frozenset[str]:
    font = TTFont(OWN / "Inter-Regular.woff2", lazy=True)
    return frozenset(map(chr, font.getBestCmap()))
