"""Who may open what: every URL there is, as each role, read and written, against a table made by hand.

A URL that the table (role_matrix.py) does not name fails the test: whoever adds a page decides who may
open it. On the way each page is asked what it calls itself: header, tab and sidebar agree on one name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import urlsafe_base64_encode

from tests.pages.names import disagreements, names_in, sidebar_of
from tests.pages.role_matrix import MATRIX, ROLES
from tests.pages.things import make_things

pytestmark = pytest.mark.django_db


# --- Which URLs there are ------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One URL pattern: its full name, or its route where it has none."""

    name: str
    route: str

    @property
    def key(self) -> str:
        if self.name:
            return self.name
        # Django's former address of every object, which leads to its page.
        return "<path:object_id>/" if self.route.endswith("/<path:object_id>/") else self.route


def places(patterns: Iterable[Any] | None = None, route: str = "", space: str = "") -> Iterator[Place]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Place(f"{space}{pattern.name}" if pattern.name else "", here)
        elif isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from places(pattern.url_patterns, here, inner)


def test_every_url_is_in_the_table() -> None:
    missing = sorted({place.key for place in places()} - MATRIX.keys())
    assert not missing, (
        f"Decide who may open these, and add a line for each to tests/pages/role_matrix.py: {missing}"
    )


def test_the_table_names_no_url_that_is_gone() -> None:
    assert not MATRIX.keys() - {place.key for place in places()}


# --- Addresses of real things --------------------------------------------------------------------


def address(place: Place, things: dict[str, Any]) -> str:
    """A URL of this pattern that leads to something which is there."""
    if not place.name:
        return nameless_address(place.route, things)
    short = place.name.removeprefix("admin:")
    special = {
        "password_reset_confirm": {"uidb64": urlsafe_base64_encode(b"1"), "token": "set-password"},
        "launch_form": {"slug": "envoi_email"},
        "launch_choices": {"slug": "envoi_email", "field": "destinataire_id"},
        "schedule_feed": {"token": "guessed"},
        "django_celery_beat_periodictask_slot": {"slot_id": things["slot"].pk},
        "django_celery_beat_periodictask_feed_back": {"feed_id": things["feed"].pk},
        "queue_pause": {"name": "high"},
        "queue_resume": {"name": "high"},
        "queue_change": {"name": "high"},
        "worker_finish": {"name": things["worker"].pk},
        "worker_go_on": {"name": things["worker"].pk},
        "django_celery_beat_periodictask_fill_in_stop": {
            "object_id": str(things["django_celery_beat_periodictask"].pk),
            "fill_in_id": things["fill_in"].pk,
        },
        "view_on_site": {"content_type_id": "1", "object_id": "1"},
        "opt_out": {"token": "report.1.x.y"},
        "app_list": {"app_label": "backoffice"},
        "auth_user_password_change": {"id": str(things["auth_user"].pk)},
        "django_celery_beat_periodictask_versions": {"schedule_id": things["put_back"].schedule_id},
        "django_celery_beat_periodictask_put_back": {
            "schedule_id": things["put_back"].schedule_id,
            "number": 1,
        },
        "django_celery_beat_periodictask_meanwhile": {
            "schedule_id": things["put_back"].schedule_id,
            "number": things["put_back"].number,
        },
        "backoffice_report_rows": {"object_id": str(things["backoffice_report"].pk), "place": "1-0"},
        "backoffice_message_attachment": {
            "object_id": str(things["backoffice_message"].pk),
            "attachment_id": things["attachment"].pk,
        },
    }
    better = {  # what this page is about must be in a certain state
        "tasks_app_job_settle": "unknown_job",
        "tasks_app_job_cancel": "waiting_job",
        "backoffice_message_arrived": "unknown_message",
        "backoffice_message_give_up": "unknown_message",
    }
    if short in special:
        return reverse(place.name, kwargs=special[short])
    if "<path:object_id>" not in place.route:
        return reverse(place.name)
    model = better.get(short) or next(
        name for name in sorted(things, key=len, reverse=True) if short.startswith(f"{name}_")
    )
    return reverse(place.name, kwargs={"object_id": quote(things[model].pk)})


def nameless_address(route: str, things: dict[str, Any]) -> str:
    if route.endswith("/<path:object_id>/"):
        app, model = route.split("/")[1:3]
        return "/" + route.replace("<path:object_id>", quote(str(things[f"{app}_{model}"].pk)))
    return {"": "/", "admin/(?P<url>.*)$": "/admin/no-such-page/"}[route]


QUERIES = {"admin:search": {"s": "jobs"}}
FRONT_DOOR = "admin:login"  # its header welcomes


# --- What came of it -----------------------------------------------------------------------------


def outcome(answer: Any) -> str:
    """One letter, as the table has it."""
    if answer.status_code in (301, 302):
        return "L" if "/login/" in answer["Location"] else "O"
    letters = {200: "O", 204: "O", 400: "B", 403: "F", 404: "N", 405: "M"}
    return letters.get(answer.status_code, str(answer.status_code))


def ask(client: Client, method: str, place: Place, things: dict[str, Any], language: str = "en") -> Any:
    """The answer to one request; whatever it changed is taken back."""
    cookies = dict(client.cookies)
    try:
        with transaction.atomic():
            send = client.get if method == "GET" else client.post
            query = QUERIES.get(place.name, {})
            answer = send(address(place, things), query, headers={"accept-language": language})
            transaction.set_rollback(True)
            return answer
    finally:
        client.cookies.clear()
        client.cookies.update(cookies)


# A superuser opens all pages, on every database; what the others are refused is the same on each.
ON_WHICH = [role if role == "superuser" else pytest.param(role, marks=pytest.mark.once) for role in ROLES]


class Walk:
    """One person asks for each address there is; `wrong` are sentences, `named` how many pages had a name."""

    def __init__(self, client: Client, role: str, user: User | None) -> None:
        self.client, self.role, self.user, self.things = client, role, user, make_things()
        self.wrong: list[str] = []
        self.named = 0

    def answers(self, method: str, language: str) -> Iterator[tuple[Place, Any]]:
        return ((place, ask(self.client, method, place, self.things, language)) for place in places())

    def hold_against_the_table(self, method: str, place: Place, answer: Any) -> None:
        if place.key in MATRIX:  # another test says so
            expected, found = MATRIX[place.key][method == "POST"][ROLES.index(self.role)], outcome(answer)
            if found != expected:
                self.wrong.append(f"{place.key} ({place.route}): {found}, not {expected}")

    def hold_names_against_each_other(self, place: Place, answer: Any, entries: dict[str, str]) -> None:
        if place.key != FRONT_DOOR and (names := names_in(answer)):
            self.named += 1
            self.wrong += [f"{place.key}: {sentence}" for sentence in disagreements(names, entries)]

    def end(self) -> None:
        assert not self.wrong, f"As {self.role}:\n" + "\n".join(self.wrong)


@pytest.fixture
def walk(role: str, signed_in: Callable[[str], Client], person: Callable[[str], User], data_dir: Any) -> Walk:
    return Walk(signed_in(role), role, None if role == "anonymous" else person(role))


@pytest.mark.sweep
@pytest.mark.parametrize("role", ON_WHICH)
def test_a_role_may_open_what_the_table_says_and_each_page_has_one_name(role: str, walk: Walk) -> None:
    entries = sidebar_of(walk.user, "en")
    for place, answer in walk.answers("GET", "en"):
        walk.hold_against_the_table("GET", place, answer)
        walk.hold_names_against_each_other(place, answer, entries)
    walk.end()
    assert walk.named > (5 if role == "anonymous" else 60)


@pytest.mark.once
@pytest.mark.sweep
@pytest.mark.parametrize("role", ["superuser"])  # who opens them all: no name depends on who reads it
def test_each_page_has_one_name_in_french_too(role: str, walk: Walk) -> None:
    entries = sidebar_of(walk.user, "fr")
    for place, answer in walk.answers("GET", "fr"):
        walk.hold_names_against_each_other(place, answer, entries)
    walk.end()
    assert walk.named > 60


@pytest.mark.sweep
@pytest.mark.parametrize("role", ON_WHICH)
def test_a_role_may_do_what_the_table_says(role: str, walk: Walk) -> None:
    for place, answer in walk.answers("POST", "en"):
        walk.hold_against_the_table("POST", place, answer)
    walk.end()
