"""Nobody reads by `.iterator()`: one that an exception leaves behind can hang its process (db/pages.py)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[2]
PACKAGES = ("tasks_app", "backoffice", "projet")
CURSORS = {"iterator", "aiterator", "chunked_cursor"}
CALLED = {"stream"}  # psycopg's; of a PDF's pages it is what they show
# A process of its own for one question, which leaves by os._exit and is killed at its deadline.
ALONE = ROOT / "backoffice/questions/asking/on_postgresql.py"

pytestmark = pytest.mark.once


def test_no_code_of_ours_leaves_a_cursor_open() -> None:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")) if file != ALONE]
    assert len(files) > 100
    assert [f"{file.relative_to(ROOT)}:{line}" for file in files for line in cursors(file.read_text())] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("for row in Job.objects.iterator(): ...", [1]),
        ("rows = Job.objects.filter(id=1)\nlist(rows.iterator(chunk_size=10))", [2]),
        ("with closing(rows.iterator()) as found: ...", [1]),
        ("read = rows.iterator", [1]),
        ("async for row in rows.aiterator(): ...", [1]),
        ("getattr(rows, 'iterator')()", [1]),
        ("for page in in_pages(rows): ...", []),
        ("iterator = iter(rows)", []),
        ("for row in cursor.stream(sql): ...", [1]),
        ("page.stream += [b'Q']", []),
    ],
)
def test_the_measure(source: str, found: list[int]) -> None:
    assert cursors(source) == found


def test_those_of_libraries_are_read_through_the_client() -> None:
    """Forms, exports and `dumpdata` call it too."""
    assert settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] is True


def cursors(source: str) -> list[int]:
    """The lines that ask for one."""
    return sorted(
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Attribute) and node.attr in CURSORS)
        or (isinstance(node, ast.Call) and getattr(node.func, "attr", "") in CALLED)
        or (isinstance(node, ast.Constant) and node.value in CURSORS)
    )
