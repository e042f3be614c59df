"""Whatever we raise for people has a code: no error class of ours is raised with a sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tasks_app.errors import CodedError
from tests.docs.reading import ROOT

pytestmark = pytest.mark.once

PACKAGES = ("tasks_app", "backoffice", "projet")
WORDS = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext", "str", "format_lazy"}


def family(of: type[CodedError] = CodedError) -> Iterator[type[CodedError]]:
    yield of
    for one in of.__subclasses__():
        yield from family(one)


OURS = {one.__name__ for one in family() if one.__module__.partition(".")[0] in PACKAGES}


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_words(node: ast.expr) -> bool:
    """Whether the expression is a text rather than a notice."""
    match node:
        case ast.Constant() | ast.JoinedStr() | ast.BinOp():
            return True
        case ast.Call(func=called):
            return name_of(called) in WORDS
        case _:
            return False


def made_with_words(source: str) -> list[int]:
    """Lines on which one of our errors is made with a text."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and name_of(node.func) in OURS
        and any(is_words(argument) for argument in node.args[:1])
    ]


def test_no_error_of_ours_is_made_with_a_sentence() -> None:
    assert {"Refused", "StorageRefused", "InvalidRhythm", "CannotOrder", "Unknown"} <= OURS
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for line in made_with_words(path.read_text(encoding="utf-8"))
    ]
    # The settings' own error of the same name, before Django is there.
    assert [one for one in found if not one.startswith("projet/conf/")] == []


# What runs in workers and clocks: a sentence made there is in their language, and not in its reader's.
WITHOUT_READERS = ("tasks_app/worker", "tasks_app/ledger", "tasks_app/broker", "tasks_app/clock")


def raised_in_words(source: str) -> list[int]:
    """Lines on which any error is raised with a sentence that was translated already."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Raise)
        for made in ast.walk(node)
        if isinstance(made, ast.Call) and name_of(made.func) in WORDS - {"str"}
    ]


def test_no_error_of_another_class_is_raised_with_a_sentence_where_nobody_reads() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in WITHOUT_READERS
        for path in (ROOT / folder).rglob("*.py")
        for line in raised_in_words(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    assert raised_in_words('raise EncodeError(_("Its size is %d.") % 5)') == [1]


@pytest.mark.parametrize(
    "source",
    [
        'raise Refused("No.")',
        'raise errors.Refused(_("No."))',
        'x = StorageRefused(f"{a}")',
        "Unknown(str(e))",
    ],
)
def test_a_sentence_is_found(source: str) -> None:
    assert made_with_words(source) == [1]


@pytest.mark.parametrize(
    "source", ["raise Refused(GONE(id=7))", "raise Unknown", "raise Unknown(error.notice)"]
)
def test_a_notice_is_let_through(source: str) -> None:
    assert made_with_words(source) == []
