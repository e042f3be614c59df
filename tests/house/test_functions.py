"""No function is longer than a screen or takes more than people keep in mind, unless it says why.

It does so in a comment on its `def` line, or right above: `# long: …` or `# wide: …`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

LINES, PARAMETERS = 40, 7
PACKAGES = ("tasks_app", "backoffice", "projet")
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.once

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_a_function_fits_on_a_screen_and_in_the_head_or_says_why_not() -> None:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    assert len(files) > 100
    found = [
        f"{file.relative_to(ROOT)}: {fault}"
        for file in files
        if "migrations" not in file.parts
        for fault in faults(file.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f():\n" + "    x = 1\n" * 39, []),
        ("def f():\n" + "    x = 1\n" * 40, ["f is long"]),
        ("def f():  # long: a table of states\n" + "    x = 1\n" * 40, []),
        ("# long: a table of states\ndef f():\n" + "    x = 1\n" * 40, []),
        ("# long: a table of states\n@decorated\ndef f():\n" + "    x = 1\n" * 40, []),
        ("@decorated\n# long: a table of states\ndef f():\n" + "    x = 1\n" * 40, []),
        ("def f():  # long:\n" + "    x = 1\n" * 40, ["f is long"]),
        ("def f():  # wide: not what it is\n" + "    x = 1\n" * 40, ["f is long", "f is not wide"]),
        ("def f():  # long: it was\n    x = 1\n", ["f is not long"]),
        ("def f(a, b, c, d, e, *f, g): ...", []),
        ("def f(a, b, c, d, e, *f, g, **h): ...", ["f is wide"]),
        ("def f(a, b, /, c, d, *, e, f, g, h): ...  # wide: as Celery calls it", []),
        ("class C:\n    def f(self, a, b, c, d, e, f, g): ...", []),
        ("class C:\n    async def f(self, a, b, c, d, e, f, g, h): ...", ["f is wide"]),
        ("def f():\n    def g(a, b, c, d, e, f, g, h): ...", ["g is wide"]),
    ],
)
def test_the_measure(source: str, found: list[str]) -> None:
    assert list(faults(source)) == found


def faults(source: str) -> Iterator[str]:
    """What is too much and gives no reason, and reasons given for what is not too much."""
    lines = source.splitlines()
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, Function):
            said = _reasons(function, lines)
            length = (function.end_lineno or 0) - function.lineno + 1
            for word, too_much in (("long", length > LINES), ("wide", _parameters(function) > PARAMETERS)):
                if too_much and word not in said:
                    yield f"{function.name} is {word}"
                if word in said and not too_much:
                    yield f"{function.name} is not {word}"


def _parameters(function: Function) -> int:
    """Without self and cls; `*args` and `**kwargs` count one each."""
    arguments = function.args
    named = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    rest = [one for one in (arguments.vararg, arguments.kwarg) if one]
    return len(named) - (named[:1] in (["self"], ["cls"])) + len(rest)


def _reasons(function: Function, lines: list[str]) -> set[str]:
    """ "long" or "wide", where a reason follows: on the line of `def` or what stands right above it."""
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    above_and_def = lines[max(first - 2, 0) : function.lineno]
    return {word for line in above_and_def for word in re.findall(r"# (long|wide): \S", line)}
