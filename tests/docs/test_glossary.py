"""docs/glossary.md says in French what the interface says."""

from __future__ import annotations

import pytest

from tests.docs.reading import ROOT, rows
from tests.language.catalogue import french, pairs

pytestmark = pytest.mark.once

TERMS = [
    (cells[0], cells[2])
    for cells in rows((ROOT / "docs/glossary.md").read_text(encoding="utf-8"))
    if cells[0] not in ("Term", "---") and cells[2] != "–"
]
SAID = [(english.casefold(), text.casefold()) for entry in french() for english, text in pairs(entry)]


@pytest.mark.parametrize(("term", "in_french"), TERMS)
def test_a_term_is_said_so_on_pages(term: str, in_french: str) -> None:
    """As the translation of the very word, where the catalogue has it; else in some sentence."""
    forms = {form for one in term.casefold().split(", ") for form in (one, f"{one}s")}
    of_the_word = {text for english, text in SAID if english in forms}
    for word in in_french.casefold().split(", "):
        assert not of_the_word or any(word in text for text in of_the_word)
        assert any(word in text for _english, text in SAID)


def test_no_term_stands_twice() -> None:
    terms = [cells[0] for cells in rows((ROOT / "docs/glossary.md").read_text(encoding="utf-8"))]
    assert {one for one in terms if terms.count(one) > 1} == {"Term"}
