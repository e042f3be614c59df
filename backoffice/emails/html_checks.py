"""What is wrong with a template's HTML, in words of people who write it rather than of the parser."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from tinyhtml5.constants import void_elements
from tinyhtml5.parser import HTMLParser

type HtmlProblems = dict[tuple[int, str], str]  # (line, tag or kind of mistake) → sentence

# Mail readers put up with a fragment that has no doctype.
PARDONED = "expected-doctype-but-got-"

NOT_CLOSED = gettext_noop("The HTML ends before all its tags are closed.")
ENDS_INSIDE = gettext_noop("The HTML ends inside a tag, a quoted value or a comment.")
WRONG_ORDER = gettext_noop("</%(name)s> closes tags in the wrong order.")
CELL_LEFT_OPEN = gettext_noop("A tag that was opened in a cell or row of a table is not closed in it.")
ATTRIBUTES = gettext_noop("The attributes of a tag are not right: a quote or a space is missing.")
AMPERSAND = gettext_noop("A plain & is written as &amp;, and a named sign ends with a semicolon.")
COMMENT = gettext_noop("A comment is not right: it stands between <!-- and -->.")
OTHERWISE = gettext_noop("This is not valid HTML.")
TOO_DEEP = gettext_noop("Too many tags are open at once. Close them, or make the HTML shorter.")

TOO_LONG = gettext_noop(
    "This HTML is too long for an email, which readers cut. Shorten it to %(limit)s characters."
)
TOO_MANY_WORDS = gettext_noop("More than %(limit)s words stand between two tags. Make paragraphs of them.")

MAX_LENGTH = 200_000  # characters; some mail readers cut at 100,000
# What a parser does for a tag grows with the tags that are open around it; a letter of 1,000 tags, 15 deep,
# has 15,000. A few thousand <b> that are never closed would take it an hour.
MAX_OPEN = 200_000
MAX_WORDS = 2_000  # a tag's attributes, which it compares with each other, are words too
MAX_ERRORS = 100  # nobody reads more
TAG = re.compile(r"<(?P<closes>/?)(?P<name>[a-zA-Z][^\s/>]*)")


class _Enough(Exception):
    """More mistakes than anybody reads."""


class _Parser(HTMLParser):  # type: ignore[misc]  # tinyhtml5 has no types
    def parse_error(self, *args: Any, **kwargs: Any) -> None:
        super().parse_error(*args, **kwargs)
        if len(self.errors) >= MAX_ERRORS:
            raise _Enough


# The beginnings of tinyhtml5's codes (the tokenizer's and the parser's `parse_error`), the first that fits
# counts; `name` is the tag's.
SENTENCES = (
    ("unexpected-end-tag-treated-as", gettext_noop("</%(name)s> is no tag: write <%(name)s>.")),
    ("unexpected-end-tag", gettext_noop("</%(name)s> closes a tag that is not open here.")),
    (
        "end-tag-too-early",
        gettext_noop("</%(name)s> closes a tag that is not open, or comes before a tag inside it is closed."),
    ),
    ("adoption-agency", WRONG_ORDER),
    ("expected-one-end-tag-but-got-another", WRONG_ORDER),
    ("unexpected-cell-end-tag", CELL_LEFT_OPEN),
    ("unexpected-implied-end-tag-in-table", CELL_LEFT_OPEN),
    (
        "unexpected-start-tag-implies-table-voodoo",
        gettext_noop("<%(name)s> stands in a table but in none of its cells."),
    ),
    ("unexpected-cell-in-table-body", gettext_noop("A cell of a table stands outside any row.")),
    (
        "unexpected-start-tag-implies-end-tag",
        gettext_noop("<%(name)s> opens again before the <%(name)s> before it is closed."),
    ),
    ("unexpected-start-tag", gettext_noop("<%(name)s> cannot stand here.")),
    (
        "non-void-element-with-trailing-solidus",
        gettext_noop("<%(name)s/> does not close itself: write </%(name)s> where it ends."),
    ),
    ("expected-closing-tag-but-got-eof", NOT_CLOSED),
    ("expected-named-closing-tag-but-got-eof", NOT_CLOSED),
    ("eof-in-table", NOT_CLOSED),
    ("eof-in-select", NOT_CLOSED),
    ("eof-in-", ENDS_INSIDE),
    ("unexpected-eof-", ENDS_INSIDE),
    ("expected-end-of-tag-but-got-eof", ENDS_INSIDE),
    ("expected-attribute-name-but-got-eof", ENDS_INSIDE),
    ("expected-attribute-value-but-got-eof", ENDS_INSIDE),
    ("expected-closing-tag-but-got", gettext_noop("After </ stands the name of a tag.")),
    ("expected-tag-name", gettext_noop("A plain < is written as &lt;.")),
    ("expected-named-entity", AMPERSAND),
    ("expected-numeric-entity", AMPERSAND),
    ("named-entity-without-semicolon", AMPERSAND),
    ("numeric-entity-without-semicolon", AMPERSAND),
    ("duplicate-attribute", gettext_noop("A tag has the same attribute twice.")),
    ("attributes-in-end-tag", gettext_noop("A closing tag has no attributes.")),
    ("expected-attribute", ATTRIBUTES),
    ("invalid-character-", ATTRIBUTES),
    ("unexpected-character-", ATTRIBUTES),
    ("expected-dashes-or-doctype", COMMENT),
    ("incorrect-comment", COMMENT),
    ("unexpected-bang-after-double-dash-in-comment", COMMENT),
)


def html_problems(html: str) -> HtmlProblems:
    """What a browser would have to guess about, by the HTML standard; of a tag, one problem for each line.

    The parser says two things and more of one mistake: the first is what people can mend.
    """
    found: HtmlProblems = {}
    if not html.strip():
        return found
    if too_much := _too_much(html):
        return {(0, ""): too_much}
    parser = _Parser(namespace_html_elements=False)
    with suppress(_Enough):
        parser.parse(html)
    lines = html.splitlines() or [""]
    for (line, column), code, details in parser.errors:
        if code.startswith(PARDONED):
            continue
        line = min(line, len(lines))
        near = lines[line - 1][max(column - 40, 0) : column + 20].strip()
        name = _tag(details)
        what = _(_sentence(code)) % {"name": name}
        said = _("Line %(line)s, near “%(near)s”: %(what)s") % {"line": line, "near": near, "what": what}
        found.setdefault((line, name or what), said)
    return found


def _too_much(html: str) -> str:
    """What would keep a parser busy for long, in a sentence; "" where nothing would."""
    if len(html) > MAX_LENGTH:
        return _(TOO_LONG) % {"limit": MAX_LENGTH}
    if any(len(between.split(None, MAX_WORDS)) > MAX_WORDS for between in html.split("<")):
        return _(TOO_MANY_WORDS) % {"limit": MAX_WORDS}
    return _(TOO_DEEP) if _opens_too_much(html) else ""


def _opens_too_much(html: str) -> bool:
    """Whether the tags that are open, added up over all tags, are more than MAX_OPEN; void ones never are."""
    open_now: Counter[str] = Counter()
    deep = added_up = 0
    for tag in TAG.finditer(html):
        name = tag["name"].lower()
        if not tag["closes"] and name not in void_elements:
            open_now[name] += 1
            deep += 1
        elif tag["closes"] and open_now[name]:
            open_now[name] -= 1
            deep -= 1
        added_up += deep
    return added_up > MAX_OPEN


def _sentence(code: str) -> str:
    return next((sentence for start, sentence in SENTENCES if code.startswith(start)), OTHERWISE)


def _tag(details: dict[str, Any]) -> str:
    """The tag an error is about, "" where it is about none."""
    keys = ("name", "startName", "gotName", "originalName")
    return str(next((details[key] for key in keys if key in details), ""))
