"""Finding English in what a French reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import trans_real

from tests.language.catalogue import PLACEHOLDER, french

UNSEEN = {"script", "style", "noscript"}
SEEN_ATTRIBUTES = {"title", "placeholder", "aria-label", "alt", "data-confirm"}
WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass
class Reader(HTMLParser):
    """The texts of a page: what stands between tags, and attributes that are shown or spoken."""

    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.texts += [value for name, value in given.items() if name in SEEN_ATTRIBUTES]
        if tag == "input" and given.get("type") in ("submit", "button"):
            self.texts.append(given.get("value", ""))
        icon = "material-symbols-outlined" in given.get("class", "")  # its text is the name of a picture
        # Names as other programs have them; and what says within a page that it is in another language.
        other = tag != "html" and not given.get("lang", "fr").startswith("fr")
        foreign = given.get("translate") == "no" or other
        if tag in UNSEEN or icon or foreign or self._unseen[-1:] == [tag]:
            self._unseen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen[-1:] == [tag]:
            self._unseen.pop()

    def handle_data(self, text: str) -> None:
        if not self._unseen:
            self.texts.append(text)


def texts_of(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return [text for text in (" ".join(text.split()) for text in reader.texts) if text]


@cache
def sentences() -> dict[str, str]:
    """Each English sentence that has another French one, ours and the libraries' alike."""
    known: list[tuple[Any, Any]] = [
        (english[0] if isinstance(english, tuple) else english, said)
        for english, said in trans_real.translation("fr")._catalog.items()
    ]
    known += [(entry.msgid_plural, entry.msgstr_plural[1]) for entry in french() if entry.msgid_plural]
    found = {}
    for english, said in known:
        words = " ".join(english.rpartition("\x04")[2].split())
        if WORD.search(PLACEHOLDER.sub("", words)) and " ".join(str(said).split()) != words:
            found[words] = str(said)
    return found


@cache
def _fragments() -> tuple[re.Pattern[str], ...]:
    """Of the sentences, what stands beside their placeholders: at least two words."""
    parts = {
        part.strip(" .,:;()“”")
        for english in sentences()
        for part in PLACEHOLDER.split(re.sub(r"<[^>]*>", " %s ", english))
    }
    long = sorted((part for part in parts if len(WORD.findall(part)) >= 2 and len(part) > 7), key=len)
    step = 300  # alternatives in one expression
    return tuple(
        re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, long[at : at + step])) + r")(?!\w)")
        for at in range(0, len(long), step)
    )


@cache
def is_english(text: str) -> bool:
    """Whether it is, or contains, one of the sentences. (Pages repeat themselves: hence the cache.)"""
    bare = text.strip(" .,:;()…*·–")
    known = sentences()
    return bare in known or text in known or any(pattern.search(text) for pattern in _fragments())


def english_in(texts: list[str], names: frozenset[str] = frozenset()) -> Iterator[str]:
    """The texts in which there is English; `names` are words that stay as they are."""
    with translation.override("fr"):
        for text in texts:
            # The company's name stands in every title.
            if text not in names and is_english(text.replace(settings.COMPANY_NAME, "")):
                yield text
