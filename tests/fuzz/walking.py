"""What is tried at each address, and what came of it: nothing that somebody sends may end in a 500."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest
from django.test import Client

from projet.admin_site.guard.lookups import declared
from tests.fuzz.asked_names import heard
from tests.fuzz.forms_of_pages import Form, forms_of
from tests.fuzz.routes import Route, form_encoded, routes
from tests.fuzz.values import FILES, HEADERS, HIDDEN_FIELDS, LOOKUPS, NASTY

FORM = "application/x-www-form-urlencoded"
GENERAL = (
    "q",
    "o",
    "p",
    "all",
    "e",
    "_facets",
    "_popup",
    "_to_field",
    "_changelist_filters",
    "no_such_filter",
)
# Of a filter that nobody declared, and of an address, these say as much as all.
FEW = ("a", "\0", "99999999999999999999999", "9999-12-31", "True", "a,b", "²")
OPENED = 3  # addresses of a route that are tried with every value; of the others it is enough that they open
SHOWN = 200  # characters of a request in a report
OWN = ("tasks_app", "backoffice", "projet")


@dataclass(frozen=True)
class Try:
    """One request."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, tuple[str, bytes, str]], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        told = f"{self.method} {self.path}"
        if self.query:
            told += f"?{form_encoded([*self.query])}"
        more = [str(one) for one in (self.data, self.files, self.headers) if one]
        return " ".join([ascii(told)[1:-1][:SHOWN], *(ascii(one)[: 3 * SHOWN] for one in more)])


@dataclass
class Walk:
    """What was asked of whom, and each fault with the request that showed it first."""

    role: str
    addresses: int = 0
    tries: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    forms: set[tuple[Any, ...]] = field(
        default_factory=set
    )  # the frame's own stand on each page: once is enough

    @property
    def counts(self) -> str:
        return f"{self.role}: {self.addresses} addresses, {self.tries} requests, {len(self.faults)} faults"

    @property
    def report(self) -> str:
        faults = (f"{fault}\n    {where}" for fault, where in self.faults.items())
        return "\n".join([self.counts, *faults])


# --- What to try -------------------------------------------------------------------------------


def plan(client: Client, walk: Walk, some: Iterable[Route] = ()) -> Iterator[Try]:
    """What there is to try for this person, or at some routes alone, found by opening each page once."""
    for route in some or routes():
        opened = 0
        for address in route.addresses():
            walk.addresses += 1
            if opened < OPENED:
                tries = list(at(client, walk, route, address))
                opened += bool(tries)
                yield from tries
            else:
                yield Try("GET", address)
        yield from at_nonsense(route)


def at(client: Client, walk: Walk, route: Route, address: str) -> Iterator[Try]:
    with heard() as names:
        answer = ask(client, Try("GET", address), walk)
        ask(client, Try("POST", address), walk)
    if answer is None or answer.status_code not in (200, 400, 405):
        return
    yield from (Try("GET", address, headers=tuple(headers.items())) for headers in HEADERS)
    yield from (Try("POST", address, headers=tuple(headers.items())) for headers in HEADERS)
    # A list reads its address whole, any other view what it asks for by name.
    read = names | set(GENERAL) | set(parameters_of(route)) if route.list_of else names
    for name in sorted(read | set(GENERAL)):
        yield from (Try("GET", address, ((name, value),)) for value in values_of(name, read))
        yield Try("GET", address, tuple((name, value) for value in NASTY[:40]))
    yield from (Try("GET", address, ((name, value),)) for name in lookups_of(route) for value in FEW)
    is_page = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
    forms = [form for form in forms_of(answer.content.decode()) if form.method == "post"] if is_page else []
    for form in forms or [Form(data={name: [""] for name in names})]:
        place = urljoin(address, form.action.split("?")[0])
        if (known := (place, *sorted(form.data))) not in walk.forms:
            walk.forms.add(known)
            yield from with_form(client, walk, place, form)


def with_form(client: Client, walk: Walk, address: str, form: Form) -> Iterator[Try]:
    """The form as the page has it, each field in turn with each value."""
    filled = tuple((name, value) for name, values in form.data.items() for value in values)
    with heard() as names:
        ask(client, Try("POST", address, data=filled), walk)
    for name in sorted(names | form.data.keys() | set(HIDDEN_FIELDS)):
        others = tuple(pair for pair in filled if pair[0] != name)
        yield Try("POST", address, data=others)
        values = values_of(name, names | form.data.keys())
        yield from (Try("POST", address, data=(*others, (name, value))) for value in values)
    for name in form.files:
        yield from (Try("POST", address, data=filled, files=((name, one),)) for one in FILES)


def values_of(name: str, read: Collection[str]) -> tuple[str, ...]:
    """Of a name that nobody asked for, a few say as much as all."""
    return NASTY if name in read else FEW


def at_nonsense(route: Route) -> Iterator[Try]:
    """Addresses whose parts lead nowhere."""
    for part in route.parts:
        others = {other: route.candidates(other)[0] for other in route.parts}
        for value in NASTY:
            path = route.with_parts(**others | {part: value[:2_000]})
            yield Try("GET", path)
            yield Try("POST", path)


def parameters_of(route: Route) -> Iterable[str]:
    page = route.list_of
    return declared(page, superuser_request()) if page else ()


def lookups_of(route: Route) -> Iterator[str]:
    """Lookups on every column and relation of a list's model, which no filter declares."""
    page = route.list_of
    for one in page.model._meta.get_fields() if page else ():
        yield from (f"{one.name}{lookup}" for lookup in LOOKUPS)


def superuser_request() -> HttpRequest:
    from django.contrib.auth.models import User

    request = HttpRequest()
    request.user = User(is_superuser=True, is_active=True)
    return request


# --- What came of it ---------------------------------------------------------------------------


def ask(client: Client, one: Try, walk: Walk) -> Any:
    """The answer, whatever it changed being taken back; None where there is none, which is a fault."""
    walk.tries += 1
    raised: list[str] = []
    cookies = dict(client.cookies)

    def note(**_more: Any) -> None:
        raised.append(named(sys.exc_info()[1]))

    got_request_exception.connect(note)
    answer = None
    try:
        with transaction.atomic():
            answer = sent(client, one)
            if spoilt():
                raised.append("it leaves a transaction that the database has given up")
            transaction.set_rollback(True)
    except Exception as error:  # nothing comes out of a client that is told to raise nothing
        raised.append(named(error))
    finally:
        got_request_exception.disconnect(note)
        client.cookies.clear()
        client.cookies.update(cookies)
    if answer is not None and answer.status_code == 500 and not raised:
        raised.append("500 without an exception")
    for fault in raised:
        walk.faults.setdefault(fault, str(one))
    return answer


def sent(client: Client, one: Try) -> Any:
    path = one.path + (f"?{form_encoded([*one.query])}" if one.query else "")
    headers = dict(one.headers)
    kind = headers.pop("content-type", FORM)
    if one.files:
        # Django leaves out a part whose file has no name, before anybody sees it.
        named = [(name, file) for name, file in one.files if Path(file[0]).name.strip(".")]
        uploads = {name: SimpleUploadedFile(*file) for name, file in named}
        fields: dict[str, Any] = {}
        for name, value in one.data:
            fields.setdefault(name, []).append(value)
        return client.post(path, fields | uploads, headers=headers)
    body = form_encoded([*one.data]) if one.method == "POST" else ""
    return client.generic(one.method, path, body, content_type=kind, headers=headers)


def spoilt() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return True
    return False


def named(error: BaseException | None) -> str:
    """The class, the sentence, and the innermost frame of our own code."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    own = [frame for frame in frames if any(f"/{package}/" in frame.filename for package in OWN)]
    at = own[-1] if own else (frames[-1] if frames else None)
    where = f"{at.filename.rpartition('/')[2]}:{at.lineno} {at.name}" if at else "?"
    theirs = f" ← {frames[-1].filename.rpartition('/')[2]}:{frames[-1].name}" if frames else ""
    return ascii(f"{type(error).__name__}: {str(error)[:120]} ({where}{theirs})")
