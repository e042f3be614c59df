"""The codes of exceptions that are not ours: class, place in our own code, and message without its values.

    ValueError@backoffice.reports.pdf:write#9f3ac21b04de

The last part is a digest of the normalised message: what went wrong in two ways at one place has two codes,
and what differs only in whom or how many it was about has one. Nothing of a message is ever in a code.
"""

from __future__ import annotations

import hashlib
import re
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from django.utils.translation import gettext as _

# The rule by which such a code is made, stored beside it; to be raised with each change of it. The first was
# "class and innermost frame of all".
RULE = 2

LONGEST_NAME = 120  # characters of class, and of place: both fit their column
READ = 1_000  # characters of a message, more decide nothing

_CODE = re.compile(r"(?P<name>[^@#]+)@(?P<place>[^@#]*)#[0-9a-f]+")


def code_of(name: str, place: str, message: str) -> str:
    digest = hashlib.sha256(f"{name}@{place}#{normalised(message)}".encode()).hexdigest()[:12]
    return f"{_cut(name)}@{_cut(place)}#{digest}"


def is_foreign(code: str) -> bool:
    return bool(_CODE.fullmatch(code))


def say(code: str, params: Mapping[str, Any]) -> str:
    """What the exception said, for the page of its one job; "" for no code of this kind."""
    found = _CODE.fullmatch(code)
    return str(params.get("message") or found["name"]) if found else ""


def say_in_general(code: str) -> str:
    """Class and place alone."""
    found = _CODE.fullmatch(code)
    if found is None:
        return _("A cause that this version does not know: %(code)s") % {"code": code}
    if not found["place"]:
        return _("%(error)s, outside of the back office’s own code") % {"error": found["name"]}
    return _("%(error)s in %(place)s") % {"error": found["name"], "place": found["place"]}


def full_name(module: str, name: str) -> str:
    """`ValueError`, and with its module what Python does not have itself: `requests.exceptions.Timeout`."""
    return name if module == "builtins" else f"{module}.{name}"


def _cut(name: str) -> str:
    return re.sub(r"[@#\s]", "_", name)[-LONGEST_NAME:]


# --- Where ----------------------------------------------------------------------------------------

_LIBRARIES = ("site-packages", "dist-packages")
_STANDARD = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})


def place_of(error: BaseException) -> str:
    """The innermost frame of our own code that the exception went through, as `module:function`; "" for none.

    No line: a comment that is added above it makes no other error. Our own is what comes with neither Python
    nor a package: engine, domain, project and the task modules of an installation.
    """
    place, traceback = "", error.__traceback__
    while traceback is not None:
        if is_own(traceback.tb_frame):
            place = _named(traceback.tb_frame)
        traceback = traceback.tb_next
    return place


def is_own(frame: FrameType) -> bool:
    file, module = frame.f_code.co_filename, str(frame.f_globals.get("__name__", ""))
    if file.startswith("<") or module.partition(".")[0] in sys.stdlib_module_names:
        return False
    return not file.startswith(_STANDARD) and not any(part in _LIBRARIES for part in Path(file).parts)


def _named(frame: FrameType) -> str:
    code: CodeType = frame.f_code
    # A function within a function, a lambda or a comprehension is where the outer one is.
    return f"{frame.f_globals.get('__name__', '')}:{code.co_qualname.partition('.<locals>')[0]}"


# --- What, without the values -----------------------------------------------------------------------

_MONTHS = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"|(?:fév|déc)\w*|avr(?:il)?|mai|juin|juil(?:let)?|août"
)
_DAYS = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"

# In this order: each sees what the ones before it left.
_VALUES: list[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern, re.IGNORECASE), placeholder)
    for pattern, placeholder in [
        # <Recipient: Zoë Martin>, <object at 0x7f…>
        (r"<([a-z_][\w.]*)[: ][^<>]*>", r"⟨\1⟩"),
        (r"""(?<!\w)[bru]{0,2}'(?:[^'\\]|\\.)*'(?!\w)|(?<!\w)[bru]{0,2}"(?:[^"\\]|\\.)*\"""", "⟨value⟩"),
        (r"“[^”]*”|«[^»]*»|‘[^’]*’(?!\w)|„[^“”]*[“”]|`[^`]*`", "⟨value⟩"),
        (r"\b[a-z][a-z0-9+.-]*://[^\s<>]+", "⟨url⟩"),
        (r"[^\s<>()\[\],;:=⟨⟩]+@[^\s<>()\[\],;:=⟨⟩]+", "⟨address⟩"),
        # DETAIL: Key (email)=(…), name=Zoë
        (r"=\s?(?:\([^()]*\)|\[[^\[\]]*\]|[^\s,;()\[\]⟨⟩]+)", "=⟨value⟩"),
        (r"(?<![\w⟩])(?:~|\.{1,2}|[a-z]:)?(?:[/\\][^\s/\\,;:()⟨⟩]+)+[/\\]?", "⟨path⟩"),
        (r"\b[\w.-]+(?:/[\w.-]+){2,}|\b[\w.-]+/[\w-]+\.\w+", "⟨path⟩"),
        # "with url: /messages?token=…": the values of its query went before
        (r"⟨path⟩(?:⟨value⟩\S*)+", "⟨path⟩"),
        (r"\b[0-9a-f]{8,}\b", "⟨n⟩"),
        # Numbers, ids, versions, moments: any word with a figure in it.
        (r"[\w.:+-]*\d[\w.:+-]*(?<![.:])%?", "⟨n⟩"),
        (rf"\b(?:{_DAYS}),?\s+(?=⟨n⟩)", ""),
        (rf"⟨n⟩\s+(?:{_MONTHS})\.?\s+⟨n⟩|\b(?:{_MONTHS})\.?\s+⟨n⟩", "⟨n⟩"),
        # "1 234,5", "(1, 2, 3)", "'a', 'b' and 'c'": however many
        (r"⟨(\w+)⟩(?:(?:\s*[,;/–-]?\s*|\s+(?:and|or|et|ou)\s+)⟨\1⟩)+", r"⟨\1⟩"),
        (r"\s+", " "),
    ]
]


def normalised(message: str) -> str:
    """The message with placeholders for what differs from one time to the next: numbers, ids, addresses,
    quoted and assigned values, paths."""
    text = message[:READ]
    for pattern, placeholder in _VALUES:
        text = pattern.sub(placeholder, text)
    return text.strip().casefold()
