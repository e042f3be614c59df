"""What a page calls itself: in its header, in the browser's tab, in the sidebar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import override

from projet.admin_site.sidebar import GROUPS, is_for

ENTRIES = [(group, entry) for group, entries in GROUPS for entry in entries]


def words(html: str) -> str:
    """What is read of some HTML, icons left out."""
    without_icons = re.sub(r"<span class=\"material-symbols[^>]*>[^<]*</span>", "›", html)
    return re.sub(r"[ \t\r\n]+", " ", unescape(re.sub(r"<[^>]+>", " ", without_icons))).strip(" ")


def between(page: str, start: str, end: str) -> str:
    found = re.search(rf"{start}(.*?){end}", page, re.DOTALL)
    assert found, f"the page has no {start}"
    return words(found[1])


@dataclass(frozen=True)
class Names:
    """What one page calls itself."""

    way: list[str]  # the header's
    tab: str
    lit: str  # the entry that the sidebar lights; "" for none
    titles: list[str]  # of a dialog, or of what went wrong


def names_of(page: str) -> Names | None:
    """None for what is no whole page."""
    if "<title>" not in page or "<h1" not in page:
        return None
    header = between(page, "<h1[^>]*>", "</h1>")
    if 'id="nav-sidebar' not in page:  # outside the frame the company's name stands above the page's
        header = header.removeprefix(f"{settings.COMPANY_NAME} ")
    lit = re.search(r'<a [^>]*class="[^"]*\bactive"[^>]*>(.*?)</a>', page, re.DOTALL)
    within = re.findall(
        r'<h2 id="dialog-title"[^>]*>(.*?)</h2>|bo-problem-code.*?<h2>(.*?)</h2>', page, re.DOTALL
    )
    return Names(
        way=[part.strip() for part in header.split("›")],
        tab=between(page, "<title>", "</title>").removesuffix(f" | {settings.COMPANY_NAME}"),
        lit=words(lit[1]).removeprefix("›").strip() if lit else "",
        titles=[words(one or other) for one, other in within],
    )


def disagreements(names: Names, entries: dict[str, str]) -> Iterator[str]:
    """Sentences; `entries` are the titles of this person's sidebar, each with its group."""
    below = names.way
    if names.lit:
        there = [part for part in (entries[re.sub(r" \d+\+?$", "", names.lit)], names.lit) if part]
        there[-1] = re.sub(r" \d+\+?$", "", there[-1])  # its badge
        if names.way[: len(there)] != there:
            yield f"the sidebar lights {there}, the header says {names.way}"
        below = names.way[len(there) :]
    elif names.way[0] in entries.values() or names.way[0] in entries:
        yield f"the header says {names.way}, and the sidebar lights nothing"
    expected = " · ".join(below[::-1]) if below else names.way[-1]
    if names.tab != expected:
        yield f"the tab says {names.tab!r}, the header {names.way}"
    for title in names.titles:
        if title != names.way[-1]:
            yield f"its title says {title!r}, the header {names.way}"
    if not all(names.way):
        yield f"a part of {names.way} is empty"


def names_in(answer: Any) -> Names | None:
    """None where the answer is no whole page."""
    is_page = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
    return names_of(answer.content.decode()) if is_page else None


def sidebar_of(person: User | None, language: str) -> dict[str, str]:
    """The titles of this person's sidebar, each with its group."""
    with override(language):
        return {str(entry.title): str(group) for group, entry in ENTRIES if person and is_for(person, entry)}
