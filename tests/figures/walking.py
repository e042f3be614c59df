"""Somebody follows what pages offer them, from the first page on, one of each sort of link."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse

from tests.figures.lists import counted_at
from tests.fuzz.forms_of_pages import Form
from tests.pages.offered import Link, Offered, offered

OPENS = {200, 204, 410}  # a file that is gone is said to be
# What ends the walk: it signs out, or speaks another language from then on.
LEAVES = {"logout", "set_language"}
TURNS = {"p", "after", "before", "at", "end", "o"}  # of a list's pages: their numbers count nothing
PAGES = 70  # that are read, those nearest to the first page


@dataclass
class Walk:
    """What one person was offered, and what is wrong with it, as sentences."""

    client: Client
    user: User
    opened: dict[str, int] = field(default_factory=dict)  # each address that was asked for, and its answer
    figures: int = 0
    forms: set[tuple[str, ...]] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    _sorts: set[tuple[str, ...]] = field(default_factory=set)
    _counts: dict[str, int | None] = field(default_factory=dict)

    def go(self) -> None:
        waiting, pages = deque([reverse("admin:index")]), 0
        while waiting and pages < PAGES:
            at, pages = waiting.popleft(), pages + 1
            answer = self.ask(at)
            if is_page(answer):
                here = offered(answer.content.decode(), at)
                waiting += self.look_at(at, here)

    def ask(self, at: str) -> Any:
        answer = self.client.get(at, follow=True)
        self.opened[at] = answer.status_code
        return answer

    def look_at(self, at: str, here: Offered) -> Iterator[str]:
        """Holds all that a page says; its links that nothing like was followed before."""
        if not [link for link in here.links if link.address != at]:
            self.wrong.append(f"{at} leads nowhere")
        for link in here.links:
            if name_of(link.address) in LEAVES:
                continue
            self.hold_figure(at, link)
            if self.is_new(name_of(at), name_of(link.address)) and not self.opens(link.address):
                self.wrong.append(f"{at} offers {link}: {self.opened[link.address]}")
            # Of a list that links to itself, narrowed in another way, one such link tells as much as all.
            if self.is_new(*(sort_of(link.address) if name_of(at) != name_of(link.address) else (at, at))):
                yield link.address
        for form in here.forms:
            self.send(at, form)

    def is_new(self, *sort: str) -> bool:
        is_new = sort not in self._sorts
        self._sorts.add(sort)
        return is_new

    def opens(self, address: str) -> bool:
        if address not in self.opened:
            self.ask(address)
        return self.opened[address] in OPENS

    def hold_figure(self, at: str, link: Link) -> None:
        """The number that a link says is that of the rows of the list it leads to."""
        said = link.figure
        if said is None or TURNS & set(sort_of(link.address)):
            return
        if link.address not in self._counts:
            self._counts[link.address] = counted_at(self.user, link.address)
        count, (number, more) = self._counts[link.address], said
        if count is None:
            return
        self.figures += 1
        if count != number and not (more and count > number):
            self.wrong.append(f"{at} says {' '.join(link.words.split())!r}, {link.address} has {count}")

    def send(self, at: str, form: Form) -> None:
        """As it stands; whatever that changes is taken back."""
        action = urljoin(at, form.action)
        sort = (name_of(action), *sorted(form.data))
        if urlsplit(action).netloc or sort[0] in LEAVES or sort[0].endswith("_delete") or sort in self.forms:
            return  # no database takes back what becomes of files
        self.forms.add(sort)
        with transaction.atomic():
            status = self.client.post(action, form.data).status_code
            transaction.set_rollback(True)
        if status >= 400:
            self.wrong.append(f"{at} offers a form to {action}: {status}")


def is_page(answer: Any) -> bool:
    kind = answer.headers.get("Content-Type", "")
    is_html = answer.status_code == 200 and kind.startswith("text/html") and not answer.streaming
    return is_html and b"<html" in answer.content


def sort_of(address: str) -> tuple[str, ...]:
    """The name of its page, and what it asks of that."""
    return name_of(address), *sorted({name for name, _value in parse_qsl(urlsplit(address).query)})


def name_of(address: str) -> str:
    return str(resolve(urlsplit(address).path).url_name)
