"""What the documents name is there: paths of the repository, and where links lead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.reading import LINK, ROOT, documents, in_code

pytestmark = pytest.mark.once

A_PATH = re.compile(r"[\w.-]+(/[\w.-]+)*/?")
OF_A_FILE = re.compile(r"\w.*\.(py|md|html|po|toml|css|js)")
NEW_IN_A_GUIDE = re.compile(r"[Ss]ave (?:it|its test) as `([^`]+)`")
ELSEWHERE = frozenset({"t/unit/backends/test_database.py"})  # of django-celery-results' own repository

FILES = [
    path.relative_to(ROOT).as_posix()
    for top in (
        "backoffice",
        "benchmarks",
        "deploy",
        "docs",
        "fixtures",
        "locale",
        "projet",
        "tasks_app",
        "tests",
    )
    for path in (ROOT / top).rglob("*")
]
TOPS = frozenset(path.partition("/")[0] for path in FILES)


def is_there(path: str) -> bool:
    """A path from the root, or the end of one: `ledger/run.py` in a sentence about tasks_app."""
    return (ROOT / path).exists() or any(file.endswith(f"/{path}") for file in FILES)


def looks_like_ours(text: str) -> bool:
    if not A_PATH.fullmatch(text) or text in ELSEWHERE:
        return False
    return bool(OF_A_FILE.fullmatch(text)) or ("/" in text and text.partition("/")[0] in TOPS)


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_document_names_only_what_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    new = set(NEW_IN_A_GUIDE.findall(text))
    named = {one for one in in_code(text) if looks_like_ours(one)} - new
    assert not {one for one in named if not is_there(one)}


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_documents_links_lead_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert not {link for link in links if not (document.parent / link).exists()}
