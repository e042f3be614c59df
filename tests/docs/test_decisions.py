"""The index of decisions lists what is in the folder, by the titles that stand there."""

from __future__ import annotations

import re

import pytest

from tests.docs.reading import ROOT

pytestmark = pytest.mark.once

FOLDER = ROOT / "docs/decisions"
LINE = re.compile(r"^\| (?P<number>\d+) \| \[(?P<title>.+)\]\((?P<file>\S+\.md)\) \|$", re.MULTILINE)


def test_the_index_lists_exactly_the_decisions_of_the_folder() -> None:
    listed = {
        line["file"]: f"# {line['number']}. {line['title']}"
        for line in LINE.finditer((FOLDER / "README.md").read_text(encoding="utf-8"))
    }
    there = {
        path.name: path.read_text(encoding="utf-8").partition("\n")[0] for path in FOLDER.glob("[0-9]*.md")
    }
    assert listed == there


def test_a_decisions_number_is_that_of_its_file() -> None:
    for path in FOLDER.glob("[0-9]*.md"):
        number, _dash, _name = path.name.partition("-")
        assert path.read_text(encoding="utf-8").startswith(f"# {int(number)}. ")
