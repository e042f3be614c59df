"""What a page offers to whoever reads it: links with their words, what it loads, forms that it sends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from tests.fuzz.forms_of_pages import Form, forms_of

WORDLESS = frozenset({"script", "style", "svg", "template"})
ICON = "material-symbols"  # a name of a picture, which nobody reads
VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "path", "source", "wbr"})
# A figure of a link: all that it says, its first word, or its last, as a badge is. A span of time is none.
FIGURE = re.compile(
    r"^(?P<first>\d[\d,]*)(?P<more>\+?)(?= (?!(?:d|h|min|s)\b)|$)|(?: )(?P<last>\d[\d,]*)(?P<most>\+?)$"
)


@dataclass
class Link:
    address: str
    words: str = ""

    @property
    def figure(self) -> tuple[int, bool] | None:
        """The number that it says, and whether there may be more."""
        found = FIGURE.search(re.sub(r"\s+", " ", self.words).strip())
        if found is None:
            return None
        return int((found["first"] or found["last"]).replace(",", "")), bool(found["more"] or found["most"])


@dataclass
class Offered:
    """Of one page at one address."""

    links: list[Link] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Link] = []
        self.sends: list[bool] = []  # of each form, whether it has a button that sends it
        self._open: Link | None = None
        self._in_form = False
        self._unread: list[str] = []  # elements whose text is no word of the page, from the outermost

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._meet(tag, {name: value or "" for name, value in attrs})
        if tag in VOID:
            return
        if self._unread or tag in WORDLESS or ICON in (dict(attrs).get("class") or ""):
            self._unread.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._meet(tag, {name: value or "" for name, value in attrs})

    def _meet(self, tag: str, given: dict[str, str]) -> None:
        for name in ("href", "hx-get", "formaction"):
            if tag not in ("link", "use") and given.get(name):
                self.links.append(Link(given[name]))
        if tag == "a" and given.get("href"):
            self._open = self.links[-1] = Link(given["href"])
        elif tag == "form":
            self.sends.append(False)
            self._in_form = True
        elif self._in_form and tag in ("button", "input"):
            kind = given.get("type", "submit" if tag == "button" else "text")
            self.sends[-1] |= kind == "submit" and "formaction" not in given

    def handle_data(self, data: str) -> None:
        if self._open and not self._unread:
            self._open.words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open = None
        elif tag == "form":
            self._in_form = False
        if self._unread and tag not in VOID:
            self._unread.pop()


def offered(page: str, at: str) -> Offered:
    """Addresses of ours, whole, without their fragments; forms that somebody can send."""
    reader = Reader()
    reader.feed(page)
    forms = zip(forms_of(page), reader.sends, strict=True)
    sent = [form for form, sends in forms if sends and form.method == "post"]
    return Offered(list(ours(reader.links, at)), sent)


def ours(links: list[Link], at: str) -> Iterator[Link]:
    for link in links:
        address = urldefrag(urljoin(at, link.address)).url
        parts = urlsplit(address)
        if not parts.scheme and not parts.netloc and parts.path.startswith("/admin/"):
            yield Link(address, link.words)
