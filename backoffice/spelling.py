"""One spelling for one thing: names and addresses, as people paste them, written one way.

What is kept (backoffice/models/fields.py), what a list says (people_lists/) and what travels
(emails/addresses.py) is spelled here, so that one mailbox is one recipient wherever it comes from.
"""

from __future__ import annotations

import re
import unicodedata

import idna

# They show nothing: soft hyphens, marks of direction, zero width signs, fillers, byte order marks, tags
# (Unicode's Default_Ignorable_Code_Point), and halves of a sign. Variation selectors of emoji stay, and the
# tags behind a black flag, which say whose it is.
_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
)
_INVISIBLE = re.compile(f"(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+|[{_HIDDEN}]")
# Joiners, selectors and tags by themselves show nothing either; nor do the empty braille cell and the marks
# of shorthand and of music.
_BLANK = re.compile(
    rf"[\s\x00-\x1f\x7f-\x9f{_HIDDEN}\u200c\u200d\u2800\ufe00-\ufe0f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]*"
)
# The two joiners say something after letters of Persian or Hindi and inside emoji, and nowhere else.
_JOINERS = re.compile("(?<![\u0600-\U0010ffff])[\u200c\u200d]+|[\u200c\u200d]+$")
_JOINER = re.compile("[\u200c\u200d]")
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_WRAPPED = re.compile(r"""<(.*)>|'(.*)'|"(.*)\"""")
# Letters of a Chinese or Japanese keyboard, and the dots and the @ that it has.
_FULL_WIDTH = {sign: sign - 0xFEE0 for sign in range(0xFF01, 0xFF5F)} | {
    ord("。"): ".",
    ord("｡"): ".",
    ord("﹫"): "@",
}


def is_blank(text: str) -> bool:
    """Whether it says nothing: no sign at all, or none that anybody can see."""
    return _BLANK.fullmatch(text) is not None


def one_line(text: str) -> str:
    """A name as it is kept: composed, in one line, with single spaces and no sign that shows nothing."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    seen = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return _JOINERS.sub("", _SPACES.sub(" ", seen).strip())


def address(given: str) -> str:
    """An email address as it is kept: its domain in small letters of its own script, nothing invisible.

    What stands before the @ is its owner's business. What is no address comes back as it is, tidied.
    """
    text = given.strip()
    if not (text.isascii() and text.isprintable()):
        text = _JOINER.sub("", _INVISIBLE.sub("", text)).translate(_FULL_WIDTH)
        text = _SPACES.sub(" ", text).strip()
    if wrapped := _WRAPPED.fullmatch(text):  # as Outlook and address lines write them
        text = next(part for part in wrapped.groups() if part is not None).strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].strip()
    before, at, domain = text.rpartition("@")
    return f"{before}@{readable_domain(domain)}" if at else text


def readable_domain(domain: str) -> str:
    """In small letters of its own script, without the dot that may end it: one spelling for each domain."""
    small = domain.lower().removesuffix(".")
    if small.isascii() and "xn--" not in small:
        return small
    try:
        return idna.decode(idna.encode(small, uts46=True))
    except UnicodeError:  # an emoji, say, which today's standard has no letters for
        return _in_ascii_as_before(small) or small


def domain_in_ascii(domain: str) -> str:
    """As it travels; raises ValueError for what no domain can be.

    By IDNA 2008, where faß.de and fass.de are two domains; where that has no word for it, by IDNA 2003.
    """
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        found = _in_ascii_as_before(domain)
    if not found:
        raise ValueError(domain)
    return found


def _in_ascii_as_before(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
