"""The configuration table says what settings.py reads, and the defaults it has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `(?P<name>[A-Z0-9_]+)` \|(?P<default>.*?)\| (?P<meaning>.+) \|$", re.MULTILINE)


def read_by_settings() -> dict[str, ast.expr | None]:
    """Each variable that settings.py reads, with the expression of its default."""
    tree = ast.parse((ROOT / "projet" / "settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        call.args[0].value: call.args[1] if len(call.args) > 1 else None
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def table() -> dict[str, str]:
    """Each variable of README's table, with its default as it is written there."""
    return {row["name"]: row["default"].strip("` ") for row in ROW.finditer((ROOT / "README.md").read_text())}


def test_the_table_names_every_variable_and_no_other() -> None:
    assert set(table()) == set(read_by_settings())


@pytest.mark.parametrize(
    ("name", "default"),
    [(name, node.value) for name, node in read_by_settings().items() if isinstance(node, ast.Constant)],
)
def test_the_table_has_the_default_of(name: str, default: object) -> None:
    assert table()[name] == str(default)
