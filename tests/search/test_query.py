"""What somebody types into the search box of jobs: read, or pointed at where it cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_app.search.query.mistakes import QueryError
from tasks_app.search.query.reading import read
from tasks_app.search.query.spans import span_of
from tasks_app.search.query.terms import Term, Value, written

KNOWN = ["kind", "state", "queue", "user", "last", "arg."]


def term(name: str, *values: str, negated: bool = False) -> Term:
    return Term(name, tuple(Value(value) for value in values), negated)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("   ", []),
        ("lea", [term("", "lea")]),
        ("lea  martin", [term("", "lea"), term("", "martin")]),
        ('"lea martin"', [term("", "lea martin")]),
        ("“lea martin”", [term("", "lea martin")]),
        ("«\u00a0lea martin\u00a0»", [term("", "lea martin")]),
        ("-lea", [term("", "lea", negated=True)]),
        ('-"lea martin" x', [term("", "lea martin", negated=True), term("", "x")]),
        ("- lea", [term("", "-"), term("", "lea")]),
        ("--lea", [term("", "-lea", negated=True)]),
        ("-", [term("", "-")]),
        ("state:failed", [term("state", "failed")]),
        ("State:failed", [term("state", "failed")]),
        ("state:failed,unknown", [term("state", "failed", "unknown")]),
        ("state:failed,failed", [term("state", "failed")]),
        ('queue:"a b",c', [term("queue", "a b", "c")]),
        (r'queue:"a \"b\" \\"', [term("queue", r'a "b" \\'.replace(r"\\", "\\"))]),
        ('queue:"a,b"', [term("queue", "a,b")]),
        ("-state:failed kind:x", [term("state", "failed", negated=True), term("kind", "x")]),
        ("arg.destinataire:42", [term("arg.destinataire", "42")]),
        (">5m", [term(">", "5m")]),
        (">=5m", [term(">", "5m")]),
        ("<1.5h -<2s", [term("<", "1.5h"), term("<", "2s", negated=True)]),
        ("> 5", [term("", ">"), term("", "5")]),
        ("<ann@example.org>", [term("", "<ann@example.org>")]),
        ("Re: hello", [term("", "Re:"), term("", "hello")]),
        ("ValueError: no", [term("", "ValueError:"), term("", "no")]),
        ("https://example.org/x:y", [term("", "https://example.org/x:y")]),
        ("c:d C:\\x", [term("", "c:d"), term("", "C:\\x")]),
        ("10:30", [term("", "10:30")]),
        ("été:x", [term("", "été:x")]),
        ("Martin, Léa", [term("", "Martin,"), term("", "Léa")]),
        ('a"b', [term("", 'a"b')]),
        ("100% %", [term("", "100%"), term("", "%")]),
        ("kind:a:b", [term("kind", "a:b")]),
    ],
)
def test_it_is_read(text: str, terms: list[Term]) -> None:
    assert read(text, KNOWN) == terms
    assert read(written(terms), KNOWN) == terms


@pytest.mark.parametrize(
    ("text", "wrong", "words"),
    [
        ("state:", "state:", "needs a value"),
        ("a state: b", "state:", "needs a value"),
        ("-state:", "state:", "needs a value"),
        ("state:a,", " ", "needs a value"),
        ("state:a,,b", ",", "needs a value"),
        ('state:""', '""', "needs a value"),
        ("state:,a", ",", "needs a value"),
        ('a "b c', '"b c', "does not end"),
        ('queue:"b c', '"b c', "does not end"),
        ('queue:"b"c', "c", "a blank, or a comma"),
        ('""', '""', "Nothing stands between"),
        ('a -" "', '" "', "Nothing stands between"),
        ("knd:x", "knd:", "Is it “kind:”?"),
        ("a -stat:x", "stat:", "Is it “state:”?"),
        ("colour:x", "colour:", "There are: kind:, state:, queue:, user:, last:, arg.x:"),
        ("arg:5", "arg:", "Is it “arg.x:”?"),
        (">5x", "5x", "90s, 5m, 24h, 7d"),
        ("a >5", "5", "no span of time"),
        ("<99999999h", "99999999h", "no span of time"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, wrong: str, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        read(text, KNOWN)
    mistake = caught.value
    assert (text[mistake.start : mistake.end] or " ") == wrong
    assert words in mistake.sentence


def test_the_nearest_is_offered_in_its_place() -> None:
    with pytest.raises(QueryError) as caught:
        read("a knd:x", KNOWN)
    mistake, text = caught.value, "a knd:x"
    assert text[: mistake.start] + mistake.instead + text[mistake.end :].removeprefix(":") == "a kind:x"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("5min", 300),
        ("1.5h", 5400),
        ("1,5H", 5400),
        ("2d", 172_800),
        ("2j", 172_800),
        ("1w", 604_800),
        ("0s", 0),
    ],
)
def test_spans_are_read(text: str, seconds: int) -> None:
    found = span_of(text)
    assert found is not None
    assert found.total_seconds() == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "-5m", "5mo", "٥m", "1e3s", "999999999w", "4000d", "5..5h"]
)
def test_others_are_none(text: str) -> None:
    assert span_of(text) is None


# --- Whatever is typed -------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "state:",
        "kind:",
        "arg.x:",
        "stat:",
        "-",
        ">",
        "<",
        "5m",
        ",",
        " ",
        '"',
        "“",
        "”",
        "«",
        "»",
        "\\",
        ":",
        "a",
    ]
)
TYPED = st.one_of(
    st.text(max_size=40), st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=12).map("".join)
)


def terms_of(text: str) -> list[Term] | QueryError:
    try:
        return read(text, KNOWN)
    except QueryError as mistake:
        return mistake


@given(TYPED)
def test_whatever_is_typed_is_read_or_pointed_at(text: str) -> None:
    found = terms_of(text)
    if isinstance(found, QueryError):
        assert 0 <= found.start < found.end <= len(text) + 1
        assert found.sentence
    else:
        assert read(written(found), KNOWN) == found
        assert all(0 <= one.start < one.end <= len(text) and one.values for one in found)


TEXTS = st.text(min_size=1, max_size=12).map(str.strip).filter(bool)
TERMS = st.builds(
    lambda name, values, negated: Term(
        name, tuple(Value(value) for value in dict.fromkeys(values if name else values[:1])), negated
    ),
    st.sampled_from(["", "kind", "state", "arg.destinataire"]),
    st.lists(TEXTS, min_size=1, max_size=3),
    st.booleans(),
)


@given(st.lists(TERMS, max_size=5))
def test_what_is_written_is_read_as_it_was(terms: list[Term]) -> None:
    assert read(written(terms), KNOWN) == terms
