"""What can be sent to each address of the site, found by asking: forms, dialogs, the actions of lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import Resolver404, resolve

from tests.fuzz.forms_of_pages import Form, forms_of
from tests.fuzz.walking import superuser_request
from tests.pages.test_roles import Place, address, places

WRITES = re.compile(r'\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(?!SET\b)(\w+)"?', re.IGNORECASE)
UPDATES = re.compile(r'UPDATE\s+"(\w+)"\s+SET\s+(.*?)(?:\s+WHERE\s.*)?', re.IGNORECASE | re.DOTALL)
SET = re.compile(r'"(\w+)" = ')
DIALOGS = 3  # that follow one another, at most

type Data = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One thing that can be sent: to a route, or an action to a list."""

    route: str
    action: str = ""

    def __str__(self) -> str:
        return f"{self.route} {self.action}".strip()


@dataclass
class Outcome:
    """What came of all that was sent for a step."""

    wrote: set[str] = field(default_factory=set)  # tables
    unlogged: set[str] = field(default_factory=set)  # those that were written without an entry
    logged: bool = False
    statuses: set[int] = field(default_factory=set)  # of what was posted

    @property
    def is_silent(self) -> bool:
        """It takes what is posted, and nothing came of it."""
        return not (self.wrote or self.logged or self.statuses <= {403, 404, 405})


@dataclass
class Walk:
    client: Client
    things: dict[str, Any]
    given: Mapping[str, Callable[[Walk], Data]]  # what a form asks for and does not hold, by step
    before: Mapping[str, Callable[[Walk], object]]  # what must be there, by step
    no_state: Iterable[str]  # tables that are nobody's state
    figures: Mapping[str, frozenset[str]]  # of tables that are, the columns that only say what was counted
    found: dict[Step, Outcome] = field(default_factory=dict)
    reading: set[Step] = field(default_factory=set)  # pages that hold no form of their own

    def everywhere(self) -> Walk:
        for place in {place.key: place for place in places()}.values():
            self._at(place)
        return self

    # --- one route --------------------------------------------------------------------------------

    def _at(self, place: Place) -> None:
        step, url = Step(place.key), address(place, self.things)
        page = self._send(step, "get", url, {})
        forms = [form for form in self._forms(page) if form.method == "post"]
        own = [form for form in forms if self._key(url, form) == place.key]
        for form in own or [Form()]:
            self._follow(step, url, form.data)
        rows = _list_of(place)
        if page.status_code == 200 and (not own or (rows and not rows.list_editable)):
            self.reading.add(step)  # what a list's form sends are actions: steps of their own
        for name in self._actions(place):
            self._follow(Step(place.key, name), url, self._chosen(place, name))

    def _follow(self, step: Step, url: str, data: Data) -> None:
        """Send it, and what the dialogs that come back would send."""

        def sent() -> None:
            more = self.given.get(str(step), lambda _walk: {})(self)
            answer, now = None, {**data, **more}
            for _dialog in range(DIALOGS):
                answer = self.client.post(url, now)
                self.found[step].statuses.add(answer.status_code)
                forms = [form for form in self._forms(answer) if self._key(url, form) == step.route]
                if answer.status_code != 200 or not forms:
                    return
                now = {**forms[-1].data, **more}

        self._watched(step, sent)

    def _send(self, step: Step, method: str, url: str, data: Data) -> Any:
        answers: list[Any] = []

        def sent() -> None:
            answers.append(getattr(self.client, method)(url, data))

        self._watched(step, sent)
        return answers[0]

    def _watched(self, step: Step, send: Callable[[], object]) -> None:
        """What it wrote, and whether that left an entry; all of it is taken back."""
        outcome = self.found.setdefault(step, Outcome())
        cookies = dict(self.client.cookies)
        with transaction.atomic():
            self.before.get(str(step), lambda _walk: None)(self)
            entries = LogEntry.objects.count()
            with written(self.figures) as tables:
                send()
            wrote = tables - set(self.no_state)
            has_entry = LogEntry.objects.count() > entries
            outcome.wrote |= wrote
            outcome.logged |= has_entry
            outcome.unlogged |= set() if has_entry else wrote
            transaction.set_rollback(True)
        cache.clear()
        self.client.cookies.clear()
        self.client.cookies.update(cookies)

    # --- what there is to send --------------------------------------------------------------------

    def _forms(self, answer: Any) -> list[Form]:
        is_page = (
            answer is not None
            and not answer.streaming
            and answer.headers.get("Content-Type", "").startswith("text/html")
        )
        return forms_of(answer.content.decode()) if is_page else []

    def _key(self, url: str, form: Form) -> str:
        """The route that a form is sent to."""
        path = urlsplit(urljoin(url, form.action)).path
        try:
            found = resolve(path)
        except Resolver404:
            return ""
        return found.view_name or Place("", "/" + found.route).key

    def _actions(self, place: Place) -> Iterator[str]:
        if page := _list_of(place):
            yield from page.get_actions(superuser_request())

    def _chosen(self, place: Place, action: str) -> Data:
        page = _list_of(place)
        assert page is not None
        rows = page.model._default_manager.values_list("pk", flat=True)
        return {"action": action, "_selected_action": [str(pk) for pk in rows], "index": "0"}


def _list_of(place: Place) -> admin.ModelAdmin[Any] | None:
    for model, page in admin.site._registry.items():
        if place.key == f"admin:{model._meta.label_lower.replace('.', '_')}_changelist":
            return page
    return None


@contextmanager
def written(figures: Mapping[str, frozenset[str]]) -> Iterator[set[str]]:
    """The tables that rows of were written meanwhile, in more than their figures."""
    tables: set[str] = set()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if not counts_alone(sql, figures):
            tables.update(found[1] for found in WRITES.finditer(sql) if context["cursor"].rowcount)
        return answer

    with connection.execute_wrapper(note):
        yield tables


def counts_alone(sql: str, figures: Mapping[str, frozenset[str]]) -> bool:
    update = UPDATES.fullmatch(sql)
    return bool(update and update[1] in figures and {*SET.findall(update[2])} <= figures[update[1]])
