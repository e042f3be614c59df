"""docs/architecture.md draws the floors that `make lint` holds."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.docs.reading import CODE, ROOT, rows

pytestmark = pytest.mark.once

LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS = {
    contract["containers"][0]: contract["layers"]
    for contract in LINTER["contracts"]
    if contract["type"] == "layers"
}


@pytest.mark.parametrize("package", CONTRACTS)
def test_the_drawing_has_the_floors_of_the_contract(package: str) -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    part = (
        re.split(rf"^### {package}\b", text, flags=re.MULTILINE)[1]
        .partition("\n## ")[0]
        .partition("\n### ")[0]
    )
    drawn: dict[int, set[str]] = {}
    for floor, names, _words in rows(part):
        if floor.isdecimal():
            modules = {name.strip("/").removesuffix(".py") for name in CODE.findall(names)}
            drawn.setdefault(int(floor), set()).update(modules)
    held = [set(re.findall(r"\w+", layer)) for layer in reversed(CONTRACTS[package])]
    assert drawn == dict(enumerate(held, 1))
