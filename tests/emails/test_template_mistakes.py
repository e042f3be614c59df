"""What is wrong with a template is said in our words, in the reader's language: Liquid's are English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.utils.translation import override
from liquid import Token, exceptions
from liquid.exceptions import LiquidError

from backoffice.emails.errors import Refused
from backoffice.emails.preview import sample_recipient
from backoffice.emails.render import ERRORS, Source, problem, render_part, words_for
from backoffice.emails.template_checks import problems_of
from backoffice.emails.templating.environment import PLAIN, TAGS, parse
from backoffice.emails.templating.faults import Fault
from backoffice.emails.templating.filters import FILTERS
from backoffice.emails.templating.mistakes import SENTENCES, WRITTEN_TAGS
from backoffice.emails.templating.streams import BLOCKS
from tests.emails.bad_templates import BAD, FAR_FROM_RIGHT

LANGUAGES = ("en", "fr")
PARTS = ("subject", "text", "html")
# What templates are written with in either language, and words that English and French share.
NAMES = {
    *WRITTEN_TAGS,
    *(f"end{name}" for name in BLOCKS),
    "contains",
    "in",
    "limit",
    "offset",
    "reversed",
    "or",
}
SHARED = frozenset({"argument", "expression"})


def source_of(text: str, part: str = "text") -> Source:
    return Source(*(text if part == one else "s" for one in PARTS))


def refusal(text: str, part: str = "text") -> Refused:
    with pytest.raises(Refused) as refused:
        render_part(source_of(text, part), part, words_for(sample_recipient("en"), {"x": "abc", "y": "2"}))
    return refused.value


def said(error: Refused, language: str) -> str:
    with override(language):
        return str(error)


def others_errors(error: BaseException | None) -> Iterator[BaseException]:
    """What Liquid and Python raised, behind what was refused."""
    while error is not None:
        if not isinstance(error, Fault):
            yield error
        error = error.__cause__


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", text.lower()))


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("text", [*BAD, *FAR_FROM_RIGHT])
def test_no_word_of_the_library_is_in_what_is_shown(text: str, part: str) -> None:
    refused = refusal(text, part)
    french, english = said(refused, "fr"), said(refused, "en")
    for error in others_errors(refused.__cause__):
        message = str(error.args[0])
        assert not (words(message) - words(text) - NAMES - SHARED) & words(french), (message, french)
        assert message not in english or message in text
    assert french != english


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mistake_names_its_line_and_what_it_is_about_and_is_the_same_at_saving(
    text: str, language: str
) -> None:
    with override(language):
        problems = [one.sentence for one in problems_of(source_of(f"one\n\n{text}"), {"x": "abc", "y": "2"})]
    refused = refusal(f"one\n\n{text}")
    sentence = said(refused, language)
    assert sentence in problems
    line = {"en": "line 3", "fr": "ligne 3"}[language]
    assert line in sentence
    for about in BAD[text]:
        assert about in sentence


def test_each_sentence_is_said_of_some_template() -> None:
    """A message that a newer version of the library words otherwise would fall to the general sentence."""
    met: set[str] = set()
    for text in BAD:
        for error in others_errors(refusal(text).__cause__):
            found = [
                one.pattern for kind, one, _said in SENTENCES
                if isinstance(error, kind) and one.match(str(error.args[0]))
            ]  # fmt: skip
            met.update(found[:1])
    assert met == {one.pattern for _kind, one, _said in SENTENCES}


LIBRARY_ERRORS = sorted(
    (one for one in vars(exceptions).values() if isinstance(one, type) and issubclass(one, LiquidError)),
    key=lambda one: one.__name__,
)


@pytest.mark.parametrize("kind", LIBRARY_ERRORS)
@pytest.mark.parametrize(
    "token", [None, Token("word", "thing", 5, "one\n{{ thing }}"), Token("eof", "", -1, "")]
)
def test_no_error_that_the_library_has_is_said_in_its_words(
    kind: type[LiquidError], token: Token | None
) -> None:
    with override("fr"):
        shown = str(problem("text", kind("the quick brown fox jumps over this template", token=token)))
    assert not words("quick brown fox jumps over this template") & words(shown)
    assert "texte" in shown


@pytest.mark.parametrize("kind", [one for one in ERRORS if not issubclass(one, LiquidError)])
def test_no_error_of_python_is_said_in_its_words(kind: type[Exception]) -> None:
    with override("fr"):
        shown = str(problem("html", kind("unhashable type: 'dict'")))
    assert "unhashable" not in shown
    assert kind.__name__ not in shown
    assert shown.endswith("ce qui est demandé ici d’une valeur ne peut pas se faire avec elle.")


def test_a_tag_that_is_left_open_is_named_where_it_is_opened() -> None:
    text = "a\n{% if x %}\n{% for i in (1..2) %}\n{% if y %}b{% endif %}\n\nthe end"
    assert said(refusal(text), "en") == (
        "The template's text, line 3 is not right: in “{% for i in (1..2) %}”, “{% for %}” is opened and "
        "never closed. Close it with “{% endfor %}”."
    )


def test_the_tags_that_are_told_are_those_that_there_are() -> None:
    pseudo = {"#", "content", "illegal", "output"}
    assert set(WRITTEN_TAGS) == TAGS - pseudo | {"raw"}
    assert {name for name in TAGS - pseudo if PLAIN.tags[name].block} == BLOCKS
    for name in WRITTEN_TAGS:
        assert name in str(refusal("{% nosuch %}"))


def test_a_filter_that_looks_like_another_is_told_the_other_else_all() -> None:
    assert "Perhaps “truncate” is meant" in said(refusal("{{ x | trunc }}"), "en")
    told = said(refusal("{{ x | zzzz }}"), "en")
    assert all(one in told for one in FILTERS)


def test_a_right_template_is_parsed_as_before() -> None:
    asked = "{% case x %}{% when 'a', 'b' or 'c' %}1{% else %}2{% endcase %}"
    text = asked + "{% for i in (1..3) %}{{ i }}{% endfor %}"
    assert parse(text, is_html=False).say({"x": "b"}) == "1123"
