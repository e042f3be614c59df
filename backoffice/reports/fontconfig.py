"""The letters of the fonts of this machine, by fontconfig: whom Pango asks too when it sets a text."""

from __future__ import annotations

import ctypes
from ctypes import CDLL, POINTER, byref, c_char_p, c_int, c_uint32, c_void_p
from functools import cache

NAMES = ("libfontconfig.so.1", "libfontconfig.1.dylib")  # Linux, macOS; WeasyPrint needs it too
PRINTED = (b"TrueType", b"CFF")  # formats of fonts that Pango sets text with


def has_letter(codepoint: int) -> bool:
    """Whether any font has it; raises OSError where fontconfig is not installed."""
    return bool(_library().FcCharSetHasChar(_letters(), codepoint))


class _FontSet(ctypes.Structure):
    _fields_ = [("nfont", c_int), ("sfont", c_int), ("fonts", POINTER(c_void_p))]


@cache
def _library() -> CDLL:
    for name in NAMES[:-1]:
        try:
            return _declared(CDLL(name))
        except OSError:
            continue
    return _declared(CDLL(NAMES[-1]))


def _declared(library: CDLL) -> CDLL:
    pointer = c_void_p
    for name, result, arguments in (
        ("FcPatternCreate", pointer, []),
        ("FcObjectSetCreate", pointer, []),
        ("FcObjectSetAdd", c_int, [pointer, c_char_p]),
        ("FcFontList", POINTER(_FontSet), [pointer, pointer, pointer]),
        ("FcPatternGetString", c_int, [pointer, c_char_p, c_int, POINTER(c_char_p)]),
        ("FcPatternGetCharSet", c_int, [pointer, c_char_p, c_int, POINTER(pointer)]),
        ("FcCharSetCreate", pointer, []),
        ("FcCharSetMerge", c_int, [pointer, pointer, pointer]),
        ("FcCharSetHasChar", c_int, [pointer, c_uint32]),
        ("FcFontSetDestroy", None, [POINTER(_FontSet)]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


@cache
def _letters() -> int:
    """Of all fonts together, as a set of fontconfig's that lives as long as the process."""
    library = _library()
    asked = library.FcObjectSetCreate()
    for name in (b"charset", b"fontformat"):
        library.FcObjectSetAdd(asked, name)
    found = library.FcFontList(None, library.FcPatternCreate(), asked)
    letters: int = library.FcCharSetCreate()
    for index in range(found.contents.nfont):
        font, form, some = found.contents.fonts[index], c_char_p(), c_void_p()
        library.FcPatternGetString(font, b"fontformat", 0, byref(form))
        if form.value in PRINTED and library.FcPatternGetCharSet(font, b"charset", 0, byref(some)) == 0:
            library.FcCharSetMerge(letters, some, None)
    library.FcFontSetDestroy(found)
    return letters
