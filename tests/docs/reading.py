"""The documents of the repository, and what is read out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)\s]*)?\)")


def documents() -> list[Path]:
    """All that is written for people, but the CHANGELOG, which tells of what was."""
    named = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    return named + sorted((ROOT / "docs").rglob("*.md"))


def rows(text: str) -> Iterator[list[str]]:
    """The cells of each line of each table, heads left out."""
    for line in text.splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def in_code(text: str) -> Iterator[str]:
    """What stands in backticks; fenced blocks are not read."""
    yield from CODE.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))
