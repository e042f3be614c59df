"""What a template may cost: whoever writes it and whatever its words are, web and workers do not feel it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import thread_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.emails.errors import Refused
from backoffice.emails.html_checks import MAX_ERRORS, html_problems
from backoffice.emails.preview import sample_recipient
from backoffice.emails.render import Source, render, render_part, words_for
from backoffice.emails.template_checks import problems_of
from backoffice.emails.templating import limits
from backoffice.emails.templating.conditions import IN_PLACE_OF
from backoffice.emails.templating.environment import HTML, PLAIN, _expressions, _within, parse
from backoffice.emails.templating.limits import Meter, TooMuch

LONG = "<&é" * 5_000

# Each would take seconds to hours, or all memory, in Liquid as it comes: one way each.
ENDLESS = {
    "filters without end": "{{ x" + " | escape" * 1_200 + " }}",
    "filters in twenties": "{% assign y = x"
    + " | escape" * 20
    + " %}"
    + "{% assign y = y | append: y %}" * 50,
    "encoding": "{{ x" + " | url_encode" * 18 + " }}",
    "doubling": "{% assign y = x %}" + "{% assign y = y | append: y %}" * 40,
    "doubling what is captured": "{% capture y %}{{ x }}{% endcapture %}"
    + "{% capture y %}{{ y }}{{ y }}{% endcapture %}" * 40,
    "prepending in a loop": "{% assign y = x %}{% for i in (1..2000) %}"
    "{% assign y = y | prepend: x %}{% endfor %}",
    "loops in loops": "{% for i in (1..1000) %}{% for j in (1..1000) %}{{ i }}{% endfor %}{% endfor %}",
    "loops one after another": "{% for i in (1..2000) %}{% assign a = i %}{% endfor %}" * 200,
    "a loop with much inside": "{% for i in (1..2000) %}" + "{% assign a = i %}" * 1_000 + "{% endfor %}",
    "a loop that says nothing": "{% for i in (1..2000) %}"
    + "{% if i == x %}{% endif %}" * 900
    + "{% endfor %}",
    "a loop that asks nothing": "{% for i in (1..2000) %}"
    + "{% if true %}{% endif %}" * 900
    + "{% endfor %}",
    "a range turned round": "{% for i in (1..900000000) reversed %}{% endfor %}",
    "a range with an offset": "{% for i in (1..900000000) offset: 899999999 %}{% endfor %}",
    "a range cut in pieces": "{{ (1..900000000) | slice: 0, 900000000 | size }}",
    "a range asked for a word": "{% if (1..900000000) contains x %}{% endif %}",
    "a range of a range": "{% assign r = (1..900000000) %}{% if r contains x %}{% endif %}",
    "many names": "".join(f"{{% assign n{number} = 1 %}}" for number in range(1_900)),
    "numbers that grow": "{% assign n = 99 %}" + "{% assign n = n | times: n %}" * 30,
    "a number of a million digits": "{{ " + "9" * 900 + " | times: " + "9" * 80 + " }}",
    "tags stripped": "{% assign y = x" + " | append: x" * 5 + " %}" + "{{ y | strip_html }}" * 100,
    "dates as wide as a house": '{{ "now" | date: "%1000000000Y" }}',
    "a list of everything": "{% for i in (1..1500) %}{% assign l = x | split: '' %}{% endfor %}",
    "comparing": "{% assign y = x | append: x %}{% assign z = x | append: x %}"
    + "{% for i in (1..1900) %}{% if y == z %}{% endif %}{% endfor %}",
    "looking for": "{% assign y = x | append: 'z' %}{% for i in (1..1900) %}"
    "{% if x contains y %}{% endif %}{% endfor %}",
    "going round": "{% for i in (1..1900) %}{% cycle x, x, x %}{% endfor %}",
}
# These are refused before they are carried out.
TANGLED = {
    "blocks": "{% if true %}" * 60 + "{% endif %}" * 60,
    "blocks without end": "{% if true %}" * 1_900,
    "names in names": "{{ x" + "[x" * 300 + "]" * 300 + " }}",
    "and": "{% if x" + " and x" * 160 + " %}a{% endif %}",
    "less": "{% if x" + "<x" * 400 + " %}a{% endif %}",
    "many statements": "{{ x }}" * 30_000,
    "long": "x" * 200_001,
    "white space": "{{" + " " * 100_000 + "x }}",
    "white space in a tag": "{% if" + " \n" * 50_000 + "x %}a{% endif %}",
    "an end that is missing": "{% comment %}" + "{{ x " * 30_000,
    "a tag without an end": "{% " + "a" * 100_000,
    "raw without an end": "{% raw %}" * 20_000,
    "raw after its end": "{% endraw %}" * 9_000 + "{% raw %}" * 9_000,
    "doc without an end": "{%doc%}" * 20_000,
    "parentheses": "{{ " + "(" * 150_000 + " }}",
    "brackets": "{{ x" + "['a'" * 30_000 + " }}",
    "quotes": "{{ " + "'\"" * 50_000 + " }}",
}


def words(**values: str) -> dict[str, str | dict[str, str]]:
    return words_for(sample_recipient("en"), values)


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize("text", [*ENDLESS.values(), *TANGLED.values()], ids=[*ENDLESS, *TANGLED])
def test_a_template_without_end_is_refused_at_saving_and_at_sending(text: str, part: str) -> None:
    source = Source("s", "t", text) if part == "html" else Source("s", text, "")
    with pytest.raises(Refused):
        render_part(source, part, words(x=LONG))
    assert [one for one in problems_of(source, {"x": "a"}, {"x": LONG}) if one.part == part]


@pytest.mark.parametrize("length", [limits.MAX_VALUE + 1, 1_000_000])
def test_a_value_that_is_no_text_of_a_letter_is_refused_by_its_name(length: int) -> None:
    with pytest.raises(Refused, match=f"“story” has {length} characters"):
        render(Source("s", "{{ story }}", ""), words(story="x" * length))
    assert render(Source("s", "{{ story }}", ""), words(story="x" * limits.MAX_VALUE))


@pytest.mark.parametrize(
    "text",
    ["{{ x | escape: environment: 1 }}", "{{ x | upcase: context: 1 }}", "{{ x | number: context: 1 }}"],
)
def test_no_template_takes_the_place_of_what_is_given_to_filters(text: str) -> None:
    with pytest.raises(Refused, match="no argument of this name"):
        render_part(Source("s", text, ""), "text", words(x="1"))


def test_the_time_of_a_rendering_is_over_whatever_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Meter()
    meter.charge(1)
    monkeypatch.setattr(
        "backoffice.emails.templating.limits.thread_time", lambda: thread_time() + limits.MAX_SECONDS
    )
    with pytest.raises(TooMuch):
        meter.charge(1)


@pytest.mark.parametrize("spent", [(limits.MAX_STEPS + 1, 0), (0, limits.MAX_WORK + 1)])
def test_steps_and_work_are_counted(spent: tuple[int, int]) -> None:
    with pytest.raises(TooMuch):
        Meter().charge(*spent)


def test_a_value_that_stands_there_a_hundred_times_says_its_block_once() -> None:
    """Liquid says it once for each: blocks in blocks would be as many as 400 to the power of 15."""
    text = ("{% case 1 %}{% when " + "1," * 400 + "1 %}") * 15 + "x" + "{% endcase %}" * 15
    assert render_part(Source("s", text, ""), "text", words()) == "x"


def test_a_long_letter_is_far_from_every_limit() -> None:
    lines = "".join(f"<tr><td>{{{{ x | escape }}}} {number}</td></tr>" for number in range(400))
    list_of_x = "{% assign list = x | split: ',' %}"
    loop = list_of_x + "{% for one in list %}<li>{{ one | upcase | truncate: 40 }}</li>{% endfor %}"
    source = Source("s", "t", f"<table>{lines}</table><ul>{loop}</ul>")
    assert len(render(source, words(x="Online shop, Customer area, Invoices " * 10)).html) > 100_000


# --- Liquid's tree is ours throughout ----------------------------------------------------------------


def test_no_comparison_of_liquids_own_is_left_anywhere() -> None:
    parsed = parse(
        "{% if a == 1 or a != 2 and a < 3 %}{% elsif a > 4 or a <= 5 %}"
        "{% elsif a >= 6 or a contains '7' %}{% endif %}"
        "{% unless a == (1..2) %}{% elsif a == 2 %}{% endunless %}"
        "{% case a %}{% when 1, (1..3) %}{% endcase %}"
        "{% for i in (1..3) %}{% if i == 1 %}{% endif %}{% else %}{% if a == 1 %}{% endif %}{% endfor %}"
        "{% capture b %}{% if a == 1 %}{% endif %}{% endcapture %}{% cycle (1..2), a %}"
        "{{ (1..2) | first }}{% echo (1..2) %}",
        is_html=False,
    )
    found = {type(one) for node in _within(parsed.nodes) for one in _expressions(node)}
    assert found >= set(IN_PLACE_OF.values())
    # Of Liquid's own are left those that combine others, and what has one value alone.
    assert {one.__name__ for one in found if one.__module__.startswith("liquid.")} == {
        "BooleanExpression", "FilteredExpression", "IntegerLiteral", "LogicalAndExpression",
        "LogicalOrExpression", "Path", "StringLiteral",
    }  # fmt: skip


def test_what_stands_in_place_of_liquids_expressions_has_their_fields() -> None:
    for theirs, ours in IN_PLACE_OF.items():
        assert issubclass(ours, theirs)
        assert not ours.__slots__


def test_no_tag_reaches_another_template_and_no_filter_multiplies() -> None:
    for environment in (PLAIN, HTML):
        assert not environment.tags.keys() & {"include", "render", "extends", "block", "liquid", "tablerow"}
        assert not environment.filters.keys() & {
            "replace",
            "join",
            "safe",
            "map",
            "where",
            "concat",
            "json",
            "t",
        }


SNIPPETS = st.lists(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", "{{-", "-%}", " ", "\n", "x", "if ", "endif", "raw", "endraw", "comment",
         "endcomment", "doc", "enddoc", "for i in (1..3)", "endfor",
         "'", '"', "|", "append: x", "assign y = ", "#",
         "case x", "when 1", "[", "]", "(", "..", ")", "<", "==", "and ", "é", "1", ".", ",", ":"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(SNIPPETS)
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_typed_is_a_letter_or_a_sentence(text: str) -> None:
    for part in ("text", "html"):
        refused = ""
        try:
            said = render_part(Source("s", text, text), part, words(x="1"))
        except Refused as error:
            said, refused = "", str(error)
        assert isinstance(said, str)
        assert not refused or refused.startswith("The template's ")


# --- HTML ------------------------------------------------------------------------------------------


def tangled() -> Iterator[tuple[str, str]]:
    yield "attributes", "<p " + "".join(f"a{number}=b " for number in range(15_000)) + ">"
    yield (
        "attributes behind a quoted >",
        "<p x='>' " + "".join(f"a{number} " for number in range(15_000)) + ">",
    )
    yield "long", "<p>x</p>" * 30_000
    yield "formatting", "".join(f"<b id={number}>" for number in range(8_000)) + "<p>" * 8_000
    yield "depth", "<div>" * 40_000
    yield "closed by others", "".join(f"<i id={number}></b>" for number in range(8_000)) + "<p>x" * 8_000
    yield "tables", "<table><tr><td>" * 8_000


@pytest.mark.parametrize("html", dict(tangled()).values(), ids=dict(tangled()))
def test_html_that_a_parser_would_not_get_through_is_a_sentence(html: str) -> None:
    [sentence] = html_problems(html).values()
    assert re.match("Too many tags are open|More than 2000 words|This HTML is too long", sentence)


def test_of_many_mistakes_in_html_the_first_are_said() -> None:
    assert 0 < len(html_problems("<<p>\n" * 20_000)) <= MAX_ERRORS


def test_a_long_letter_in_html_is_looked_at_as_any_other() -> None:
    row = "<tr><td><p>a <b>b</b><br><img src=x></p></td></tr>"
    assert html_problems(f"<table><tbody>{row * 1_500}</tbody></table>") == {}
