"""What a check says goes with the word and the colour that it is shown in, in each of its states."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.admin import installation_checks
from backoffice.admin.installation_checks import MARKS, NOTED
from backoffice.health import CHECKS
from backoffice.reports import scripts
from tasks_app.models import Node, SearchProgress
from tasks_app.monitor.health import Cost
from tests.health.test_doctor import doctor
from tests.pages.test_settings_page import URL

pytestmark = [pytest.mark.django_db, pytest.mark.once]

FILES = [
    *Path(configured.BASE_DIR, "tasks_app/monitor/health").glob("*.py"),
    Path(configured.BASE_DIR, "backoffice/health.py"),
]
# What stands under "Well" tells of no lack: it says that something is there, or that there is no trouble.
LACK = re.compile(
    r"\b(?:cannot|can be no|not|nobody|no longer|never|fails?|failed|refuse[sd]?|lost|gone|missing|boxes|"
    r"alone|nothing|being added|late|behind|public)\b",
    re.IGNORECASE,
)
DENIES_TROUBLE = re.compile(r"No (?!process says)|There are no |Emails are not held")
# Denials that begin otherwise.
READ = {
    "Jobs run where they are launched (CELERY_TASK_ALWAYS_EAGER): no worker is needed.",
    "Passwords lie in no file that everybody on this machine may read.",
}


def said_by(constructor: str) -> Iterator[str]:
    """Each sentence that a finding of this sort is made of, wherever checks stand."""
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            for call in calls_of(constructor, function):
                yield sentence_of(call.args[0], function)


def calls_of(name: str, inside: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(inside):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def sentence_of(said: ast.expr, function: ast.FunctionDef) -> str:
    """Its first text; that of a name is what the function assigns to it."""
    if isinstance(said, ast.Name):
        [said] = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == said.id
        ]
    return next(
        node.value
        for node in ast.walk(said)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_what_is_said_to_be_well_tells_of_no_lack() -> None:
    sentences = set(said_by("ok"))
    assert len(sentences) > len(CHECKS) / 2
    told = {one for one in sentences - READ if LACK.search(one) and not DENIES_TROUBLE.match(one)}
    assert not told, f"These are `noted`, `degraded` or `failed`: {told}"


def test_what_is_only_noted_tells_of_one() -> None:
    sentences = set(said_by("noted"))
    assert sentences
    assert not {one for one in sentences if not LACK.search(one) and not one.startswith("No process says")}


# --- Each state in which nobody need do anything, and something is not there ------------------------


def letters_without_a_font(patch: pytest.MonkeyPatch) -> str:
    patch.setattr(scripts, "has_letter", lambda codepoint: codepoint < 0x0E00)
    return "letters"


def accounts_of_the_demo(patch: pytest.MonkeyPatch) -> str:
    patch.setattr("backoffice.health.demo_users", lambda: [type("User", (), {"username": "staff"})])
    return "demo"


def questions_without_a_database(patch: pytest.MonkeyPatch) -> str:
    patch.setattr(configured, "REPORTING_DATABASE_URL", "")
    return "saved_questions"


def emails_in_a_folder(patch: pytest.MonkeyPatch) -> str:
    patch.setattr(configured, "EMAIL_TRANSPORT", "local")
    return "email"


def a_superuser_by_password(patch: pytest.MonkeyPatch) -> str:
    return "factors"  # the one who looks is one


def nobody_says_how_much_room_there_is(patch: pytest.MonkeyPatch) -> str:
    now = timezone.now()
    Node.objects.create(name="web@host", kind=Node.Kind.WEB, started_at=now, beat_at=now, details={})
    return "room"


def a_search_that_is_filled_with_the_past(patch: pytest.MonkeyPatch) -> str:
    now = timezone.now()
    for thing in ("job", "message"):
        SearchProgress.objects.create(thing=thing, until=now, complete_to=now, swept_to=now)
    return "search_filling"


STATES = [
    letters_without_a_font,
    accounts_of_the_demo,
    emails_in_a_folder,
    questions_without_a_database,
    a_superuser_by_password,
    nobody_says_how_much_room_there_is,
    a_search_that_is_filled_with_the_past,
]


def test_every_sentence_that_is_noted_has_its_state_here() -> None:
    assert len(STATES) == len(set(said_by("noted")))


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_it_is_shown_as_good_to_know_on_the_page_and_by_doctor(
    state: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, admin_client: Client
) -> None:
    key = state(monkeypatch)
    [check] = [one for one in CHECKS if one.key == key]
    # A page does not wait for what is outside.
    monkeypatch.setattr(installation_checks, "CHECKS", [replace(check, cost=Cost.ROWS)])
    [row] = admin_client.get(reverse(URL)).context["examination"].rows
    assert row.mark is MARKS[NOTED]
    assert len(row.lines) == 1
    _code, told = doctor()
    assert f"i {check.title}: " in told
    assert f"✓ {check.title}" not in told
