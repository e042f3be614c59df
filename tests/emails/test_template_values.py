"""Numbers and days in templates: read where they mean one thing alone, else refused, never another value."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.emails.errors import Refused
from backoffice.emails.preview import sample_recipient
from backoffice.emails.render import Source, render, render_part, words_for
from backoffice.emails.template_checks import problems_of
from backoffice.emails.templating.dates import day, formatted
from backoffice.emails.templating.faults import Fault
from backoffice.emails.templating.numbers import number

LANGUAGES = ("en", "fr")


def said(text: str, language: str = "en", **values: str) -> str:
    return render_part(Source("s", text, ""), "text", words_for(sample_recipient(language), values))


READ = {
    "19,99": "19.99",
    "19.99": "19.99",
    "1 250,00 €": "1250",
    "1\u00a0250,00\u00a0€": "1250",
    "1\u202f250,5": "1250.5",
    "1,250.00": "1250",
    "$1,250.75": "1250.75",
    "-€5,5": "-5.5",
    "EUR 12": "12",
    "1.250,00": "1250",
    "1'250.50 CHF": "1250.5",
    "12.500.000": "12500000",
    "12,500,000": "12500000",
    "12 500": "12500",
    "0,125": "0.125",
    "1234,567": "1234.567",
    " 5": "5",
    "007": "7",
    "\u22125": "-5",
    "+5": "5",
    "٣": "3",
    "1250": "1250",
}
REFUSED = [
    "12.500", "1,250", "-1.250", "5%", "1e3", "1_000", "0x1F", "½", "²", "NaN", "Infinity", "N/A", "five",
    "1,2,3", "1.2.3", "1,25,000.00", "12 34", "(5)", "5-", "--5", "1 250,00 € TTC", "1/2", "12:30", "5,",
    ",5", "€", "", " ",    "true", "9" * 41,
]  # fmt: skip


@pytest.mark.parametrize(("written", "read"), READ.items())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_is_read_as_people_write_it(written: str, read: str, language: str) -> None:
    assert said("{{ x | plus: 0 }} {{ 0 | plus: x }}", language, x=written) == f"{read} {read}"


USES = [
    "{{ x | times: 2 }}", "{{ 2 | minus: x }}", "{{ x | round }}", "{{ x | abs }}", "{{ x | at_least: 1 }}",
    "{{ x | ceil }}", "{{ x | floor }}", "{{ x | divided_by: 2 }}", "{{ 7 | modulo: x }}", "{{ x | number }}",
    "{{ x | money: 'EUR' }}", "{% if x > 1 %}a{% endif %}", "{% if 1 <= x %}a{% endif %}",
    "{% for i in (1..x) %}a{% endfor %}", "{% for i in (1..3) limit: x %}a{% endfor %}",
    "{% for i in (1..3) offset: x %}a{% endfor %}", "{{ 'abc' | slice: x }}", "{{ 'abc' | truncate: x }}",
]  # fmt: skip


@pytest.mark.parametrize("written", REFUSED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_no_number_beyond_doubt_is_refused_with_its_value_and_statement(
    written: str, language: str
) -> None:
    for text in USES:
        with pytest.raises(Refused) as refusal:
            said(text, language, x=written)
        sentence = str(refusal.value)
        assert text.partition("}")[0][:20] in sentence
        assert " ".join(written.split())[:40] in sentence


@pytest.mark.parametrize(
    "text",
    ["{{ true | plus: 1 }}", "{% assign l = 'a,b' | split: ',' %}{{ l | plus: 1 }}", "{{ nil | times: 2 }}"],
)
def test_neither_lists_nor_true_nor_nothing_are_numbers(text: str) -> None:
    with pytest.raises(Refused):
        said(text)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.sampled_from([" ", "\u00a0", "\u202f"]))
def test_a_number_with_its_thousands_and_cents_is_that_number(given_number: Decimal, space: str) -> None:
    english = f"{given_number:,.2f}"
    french = english.replace(",", space).replace(".", ",")
    assert number(english) == number(french) == given_number


@given(st.text(max_size=30))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    for reader in (number, day):
        try:
            read: object = reader(text)
        except Fault as fault:
            read = str(fault)
        assert read is not None


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{ 0.1 | plus: 0.2 }}", "0.3"),
        (
            "{{ 2.675 | round: 2 }} {{ 2.5 | round }} {{ -2.5 | round }} {{ 1234 | round: -2 }}",
            "2.68 3 -3 1200",
        ),
        (
            "{{ 7 | divided_by: 2 }} {{ 7 | divided_by: 2.0 }} {{ 1 | divided_by: 3.0 | round: 3 }}",
            "3 3.5 0.333",
        ),
        ("{{ 1.2 | ceil }} {{ -1.2 | floor }} {{ -3 | abs }} {{ 7 | modulo: 4 }}", "2 -2 3 3"),
        ("{{ 5 | at_least: 7 }} {{ 5 | at_most: 2.5 }} {{ 10.0 | minus: 4 }}", "7 2.5 6"),
        ("{{ '10,00' | divided_by: 4 }}", "2.5"),
    ],
)
def test_arithmetic(text: str, result: str) -> None:
    assert said(text) == result


@pytest.mark.parametrize("text", ["{{ 1 | divided_by: 0 }}", "{{ 1 | modulo: 0 }}"])
def test_a_division_by_zero_is_a_sentence(text: str) -> None:
    with pytest.raises(Refused, match="divided by zero"):
        said(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ 1000000000000000 | modulo: x }}", f"0,{'0' * 30}1"),
        ("{{ x | modulo: 0.0000000000000000000001 }}", "999999999999999"),
        ("{{ x | date: '%s' }}", "0001-01-01"),
    ],
)
def test_what_python_cannot_work_out_is_a_sentence_of_ours(text: str, value: str) -> None:
    with pytest.raises(Refused) as refusal:
        said(text, x=value)
    assert refusal.value.code == "template.value_unreadable"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("x > 100", False), ('x > "100"', False), ("x == 9", True), ("x == 9.0", True), ('x == "9"', True),
        ("x != 9", False), ("x <= 9", True), ("x >= 10", False), ("price > 100", True),
        ("price == 1250", True), ("room == 5", False), ("room != 5", True), ('room < "C"', True),
        ("empty_one == 5", False),
        ('empty_one == ""', True), ("empty_one == blank", True), ("empty_one == empty", True),
        ("empty_one == nil", True), ("empty_one", False), ('empty_one != ""', False), ("x", True),
        ("recipient.company == blank", False), ('until < "2026-12-01"', True), ("until < later", True),
        ('empty_one != "" and empty_one > 5', False), ("room contains 2", True), ("x == true", False),
    ],
)  # fmt: skip
def test_a_condition_compares_what_was_meant(condition: str, holds: bool) -> None:
    values = {"x": "9", "price": "1 250,00 €", "room": "B2", "empty_one": "", "until": "29/11/2026"}
    text = f"{{% if {condition} %}}yes{{% else %}}no{{% endif %}}"
    assert said(text, later="1 December 2026", **values) == ("yes" if holds else "no")


@pytest.mark.parametrize(
    "condition",
    ["x > 5", "5 < x", "words > 5", 'words > "5"', "list > 5", "x > true", '"03/04/2026" < "29/11/2026"'],
)
def test_what_cannot_be_compared_is_refused(condition: str) -> None:
    text = f"{{% assign list = 'a,b' | split: ',' %}}{{% if {condition} %}}a{{% endif %}}"
    with pytest.raises(Refused):
        said(text, x="", words="N/A")


def test_when_compares_as_if_does_and_says_its_block_once() -> None:
    assert said("{% case x %}{% when 1, '1', 1 %}one{% else %}other{% endcase %}", x="1") == "one"
    assert said("{% case x %}{% when '' %}none{% endcase %}", x="") == "none"


DAYS = {
    "2026-12-15": (2026, 12, 15, 0, 0),
    "2026-12-15T08:30": (2026, 12, 15, 8, 30),
    "2026-12-15 08:30:00": (2026, 12, 15, 8, 30),
    "2026/12/15": (2026, 12, 15, 0, 0),
    "15/12/2026": (2026, 12, 15, 0, 0),
    "12/15/2026": (2026, 12, 15, 0, 0),
    "15.12.2026 à 8h30": (2026, 12, 15, 8, 30),
    "04/04/2026": (2026, 4, 4, 0, 0),
    "15 décembre 2026": (2026, 12, 15, 0, 0),
    "15 decembre 2026": (2026, 12, 15, 0, 0),
    "1er août 2026": (2026, 8, 1, 0, 0),
    "mardi 15 décembre 2026": (2026, 12, 15, 0, 0),
    "15 Dec. 2026, 17:05": (2026, 12, 15, 17, 5),
    "Tuesday, December 15th, 2026": (2026, 12, 15, 0, 0),
    "December 1, 2026": (2026, 12, 1, 0, 0),
}
NO_DAYS = [
    "03/04/2026", "3.4.2026", "03-04-2026", "31/02/2026", "2026-02-30", "15/12/26", "2026", "12", "20261215",
    "Friday", "December 2026", "10:30", "N/A", "", "lundi 15 décembre 2026",
    "15 brumaire 2026", "2026-W50-2",
    "1700000000",    "13/13/2026", "15/12/2026 25:00", "yesterday",
]  # fmt: skip


@pytest.mark.parametrize(("written", "moment"), DAYS.items())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_is_read_as_people_write_it(
    written: str, moment: tuple[int, int, int, int, int], language: str
) -> None:
    expected = datetime(*moment, tzinfo=ZoneInfo("UTC"))
    assert said('{{ x | date: "%Y-%m-%d %H:%M" }}', language, x=written) == f"{expected:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize("written", NO_DAYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_no_day_beyond_doubt_is_refused_with_its_value(written: str, language: str) -> None:
    with pytest.raises(Refused) as refusal:
        said('{{ x | date: "%d" }}', language, x=written)
    assert written in str(refusal.value)
    assert "| date:" in str(refusal.value)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pattern", ["%A %-d %B %Y", "%-d %b %Y", "%x", "%c", "%Y-%m-%d %H:%M", "%B %-d, %Y"])
def test_every_day_of_a_year_is_read_as_it_was_written(pattern: str, language: str) -> None:
    for number_of_day in range(366):
        written = datetime(2028, 1, 1) + timedelta(number_of_day)  # noqa: DTZ001 - days have no zone here
        assert day(formatted(written, pattern, language)) == written


def test_a_day_that_may_be_two_is_refused_with_both() -> None:
    with pytest.raises(Refused, match="2026-04-03 or 2026-03-04"):
        said("{{ x | date }}", x="03/04/2026")


@pytest.mark.parametrize(
    ("language", "pattern", "written"),
    [
        ("fr", "%A %-d %B %Y", "dimanche 1er novembre 2026"),
        ("fr", "%d %B", "1er novembre"),
        ("fr", "%d/%m/%Y", "01/11/2026"),
        ("fr", "le %e %b", "le 1er nov."),
        ("fr", "%^A %a", "DIMANCHE dim."),
        ("fr", "%B %Y", "novembre 2026"),
        ("fr", "%x", "1er novembre 2026"),
        ("fr", "%c", "1er novembre 2026, 14:05"),
        ("en", "%A %-d %B %Y", "Sunday 1 November 2026"),
        ("en", "%a %e %b", "Sun  1 Nov"),
        ("en", "%-I:%M %p, %j %% %F", "2:05 PM, 305 % 2026-11-01"),
        ("en", "%D %T %R %k %l %L %P", "11/01/26 14:05:00 14:05 14  2 000 pm"),
    ],
)
def test_a_day_is_written_in_the_letters_language(language: str, pattern: str, written: str) -> None:
    assert said(f'{{{{ x | date: "{pattern}" }}}}', language, x="2026-11-01 14:05") == written


def test_without_a_pattern_a_day_is_written_as_the_language_writes_it() -> None:
    assert said("{{ x | date }}", "fr", x="2026-11-01") == "1er novembre 2026"
    assert said("{{ x | date }}", "en", x="2026-11-01") == "1 Nov 2026"
    assert said("{{ today | date: '%Y' }}", "fr") == said("{{ 'now' | date: '%Y' }}")


@pytest.mark.parametrize("pattern", ["%Q", "%", "%10000000d", "%Od", "x" * 300, "long", "", "d/m/Y", " "])
def test_a_directive_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(Refused, match="says nothing about a day"):
        said(f'{{{{ "now" | date: "{pattern}" }}}}')


def test_numbers_and_money_are_written_in_the_letters_language() -> None:
    text = (
        "{{ x | times: 1.2 | money: 'EUR' }} {{ x | number }} {{ x | number: 2 }} {{ 1250 | money: 'JPY' }}"
    )
    assert said(text, "en", x="1 041,25") == "€1,249.50 1,041.25 1,041.25 ¥1,250"
    assert said(text, "fr", x="1 041,25").replace("\u202f", " ").replace("\u00a0", " ") == (
        "1 249,50 € 1 041,25 1 041,25 1 250 JPY"
    )


@pytest.mark.parametrize("text", ["{{ 1 | money: 'EURO' }}", "{{ 1 | money: '' }}", "{{ 1 | money }}"])
def test_a_currency_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="no code of a currency"):
        said(text)


@pytest.mark.parametrize(
    ("written", "code", "shown"),
    [
        ("5 €", "EUR", "€5.00"),
        ("USD 5", "USD", "$5.00"),
        ("$5", "CAD", "CA$5.00"),
        ("$5", "MXN", "MX$5.00"),
        ("-$5", "USD", "-$5.00"),
        ("¥5", "CNY", "CN¥5.00"),
        ("₡5", "CRC", "CRC5.00"),
        ("₪5", "ILS", "₪5.00"),
        ("5", "EUR", "€5.00"),
    ],
)
def test_an_amount_in_a_currency_is_written_in_it(written: str, code: str, shown: str) -> None:
    assert said(f"{{{{ x | money: '{code}' }}}}", x=written).replace("\u00a0", "") == shown


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("USD 5", "EUR"),
        ("5 CHF", "EUR"),
        ("$5", "EUR"),
        ("-£5", "EUR"),
        ("€ -5", "USD"),
        ("₽ 5", "EUR"),
        ("5 USD", "CAD"),
    ],
)
def test_an_amount_in_another_currency_is_refused(written: str, code: str) -> None:
    with pytest.raises(Refused, match=f"is not in {code}, and nothing converts it"):
        said(f"{{{{ x | money: '{code}' }}}}", x=written)


@pytest.mark.parametrize(
    "calculation",
    [
        "times: 2", "plus: 1", "minus: 1", "divided_by: 2", "modulo: 3", "round", "round: 1", "ceil", "floor",
        "number", "number: 1", "times: 2 | number",
        "abs", "at_least: 1", "at_most: 9", "times: 2 | plus: 0.5 | round: 1", "default: 3 | times: 1.0",
    ],
)  # fmt: skip
def test_what_is_worked_out_keeps_its_currency(calculation: str) -> None:
    for written in ("USD 7", "-7.5 USD", "$ 7"):
        with pytest.raises(Refused, match="is not in EUR, and nothing converts it"):
            said(f"{{{{ x | {calculation} | money: 'EUR' }}}}", x=written)
        assert "$" in said(f"{{% assign y = x | {calculation} %}}{{{{ y | money: 'USD' }}}}", x=written)


@pytest.mark.parametrize(
    ("one", "two"), [("USD 7", "3 EUR"), ("$7", "£3"), ("CHF 7", "€3"), ("7 CAD", "AUD 3"), ("₽7", "¥ 3")]
)
def test_two_currencies_are_not_worked_out_together(one: str, two: str) -> None:
    for together in (
        "{{ x | plus: y }}",
        "{{ x | minus: y }}",
        "{{ x | at_least: y }}",
        "{{ x | at_most: y }}",
        "{{ x | divided_by: y }}",
        "{% if x > y %}a{% endif %}",
        "{% if x <= y %}a{% endif %}",
        "{% assign z = x | times: 2 %}{% if z < y %}a{% endif %}",
    ):
        with pytest.raises(Refused, match="are two currencies, and nothing converts"):
            said(together, x=one, y=two)
    assert said("{% assign z = x | times: 1 %}{% if z == y %}a{% else %}b{% endif %}", x=one, y=two) == "b"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{{ x | plus: y | money: 'EUR' }}", "€10.00"),  # one names it, the other has its sign
        ("{{ x | plus: 1 | money: 'EUR' }}", "€8.00"),
        ("{{ x | divided_by: y | times: 2 }}", "4"),  # how many times
        ("{{ x | divided_by: y | money: 'USD' }}", "$2.00"),
        ("{% if x > y %}more{% endif %}", "more"),
        ("{{ x | times: 2 }}", "14"),
    ],
)
def test_amounts_of_one_currency_are_worked_out(text: str, written: str) -> None:
    assert said(text, x="7 €", y="EUR 3") == written


@pytest.mark.parametrize("written", ["50¢", "¢ 50", "￠50"])
def test_cents_are_no_whole_amount(written: str) -> None:
    with pytest.raises(Refused, match="cannot be read as a number"):
        said("{{ x | money: 'EUR' }}", x=written)


@pytest.mark.parametrize(
    "text",
    [
        "{{ recipient }}",
        "{{ recipient | upcase }}",
        "{{ recipient | append: 'x' }}",
        "{{ recipient | times: 2 }}",
        "{{ recipient.first }}",
        "{{ nothing | default: recipient }}",
        "{% assign x = recipient %}{{ x }}",
        "{% capture x %}{{ recipient }}{% endcapture %}",
        "{% for one in recipient %}{{ one }}{% endfor %}",
        "{% cycle recipient %}",
    ],
)
@pytest.mark.parametrize("part", ["text", "html"])
def test_words_that_stand_together_are_never_written_as_python_shows_them(text: str, part: str) -> None:
    source = Source("s", "t", text) if part == "html" else Source("s", text, "")
    with pytest.raises(Refused, match="only one can be written: name it"):
        render_part(source, part, words_for(sample_recipient(), {"nothing": ""}))


@pytest.mark.parametrize(
    "filter_",
    ["upcase", "append: 'x'", "strip_html", "escape", "url_encode", "truncate: 3", "split: ','", "squish",
     "truncatewords: 1", "newline_to_br", "remove: 'a'"],
)  # fmt: skip
@pytest.mark.parametrize("given_list", ["x | split: ','", "(1..3)"])
@pytest.mark.parametrize("part", ["text", "html"])
def test_a_list_is_never_written_as_python_shows_it(filter_: str, given_list: str, part: str) -> None:
    text = f"{{% assign l = {given_list} %}}{{{{ l | {filter_} }}}}"
    source = Source("s", "t", text) if part == "html" else Source("s", text, "")
    with pytest.raises(Refused, match="a list stands here, and this takes a text"):
        render_part(source, part, words_for(sample_recipient(), {"x": "a,b"}))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{{ true | append: '!' }}", "true!"),
        ("{{ x | prepend: false }}", "falseabc"),
        ("{{ x | append: nil }}", "abc"),
        ("{{ 'a b c' | truncatewords: 1, nil }}", "a"),
        ("{{ 'abcdef' | truncate: 3, nil }}", "abc"),
        ("{{ 'Noneb' | split: nil | size }}", "5"),
        ("{{ true | slice: 0, 2 }}", "tr"),
        ("{{ nil | upcase }}", ""),
        ("{{ false | default: 'a', allow_false: true }}", "false"),
        ("{{ x | split: 'b' | first }}", "a"),
    ],
)
def test_true_false_and_nothing_are_written_as_liquid_writes_them(text: str, written: str) -> None:
    assert said(text, x="abc") == written


def test_a_loop_over_them_names_and_says_each() -> None:
    text = "{% for one in recipient %}{{ one[0] }}={{ one[1] }} {% endfor %}{{ recipient | size }}"
    assert "language=en" in said(text)


def test_what_readers_take_for_one_sign_is_never_cut() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    values = {"x": f"{family}e\u0301b"}
    assert said("{{ x | slice: 0 }}|{{ x | slice: -2, 2 }}|{{ x | split: '' | last }}", **values) == (
        f"{family}|e\u0301b|b"
    )
    assert said("{{ x | truncate: 7, '…' }}", **values) == f"{family}…"
    assert said(
        "{{ 'abcde' | truncate: 5 }} {{ 'a b c' | truncatewords: 3 }} {{ 'a b c' | truncatewords: 2 }}"
    ) == ("abcde a b c a b...")


# --- At saving and at sending ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sample", "value"),
    [
        ("{{ net | times: 1.2 }}", "19.99", "1,250"),
        ("{{ net | date: '%B' }}", "2026-11-29", "03/04/2026"),
        ("{% if net > 1 %}{% endif %}", "2", "x"),
    ],
)
def test_what_a_sending_refuses_is_refused_at_saving_whatever_the_sample_says(
    text: str, sample: str, value: str
) -> None:
    source = Source("s", f"Hello {text}", "")
    assert problems_of(source, {"net": sample}, {"net": sample}) == []
    [problem] = problems_of(source, {"net": sample}, {"net": value})
    with pytest.raises(Refused) as refusal:
        render(source, words_for(sample_recipient("fr"), {"net": value}))
    assert str(refusal.value) == problem.sentence
    assert value in problem.sentence


def test_a_variable_without_a_value_is_empty_and_default_and_if_work() -> None:
    text = (
        'Due {{ deadline | default: "soon" }}'
        "{% if room %} in {{ room }}{% endif %}{% unless room %}.{% endunless %}"
    )
    assert said(text, deadline="", room="") == "Due soon."
    source = Source("s", text, "")
    assert problems_of(source, {"deadline": "Friday", "room": "B2"}, {"deadline": "", "room": ""}) == []


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\0"])
def test_blanks_are_no_value(blank: str) -> None:
    assert said("{% if x %}a{% else %}b{% endif %}{{ x | default: 'c' }}", x=blank) == "bc"


def test_a_variable_without_a_value_that_is_written_bare_is_told_at_saving() -> None:
    source = Source("s", "Hello,\ndue on {{ deadline }}.", "")
    [problem] = problems_of(source, {"deadline": "Friday"}, {"deadline": ""})
    assert problem.sentence.startswith("Line 2: “deadline” has no value")
    assert '{{ deadline | default: "…" }}' in problem.sentence


@pytest.mark.parametrize(
    "text",
    [
        "{% assign deadline = 'x' %}{{ deadline }}",
        "{% if deadline == '' %}soon{% else %}{{ deadline }}{% endif %}",
        "{% for deadline in (1..2) %}{{ deadline }}{% endfor %}",
        "{% case deadline %}{% when '' %}soon{% else %}{{ deadline }}{% endcase %}",
        "{{ deadline | default: '' }}x",
    ],
)
def test_one_that_is_asked_for_is_not(text: str) -> None:
    assert problems_of(Source("s", text, ""), {"deadline": "Friday"}, {"deadline": ""}) == []


def test_what_one_branch_alone_assigns_is_empty_on_the_others() -> None:
    text = (
        "{% if x == 1 %}{% assign note = 'late' %}{% endif %}Hi{% if note %}, {{ note }}{% endif %}{{ note }}"
    )
    assert said(text, x="2") == "Hi"
    assert said(text, x="1") == "Hi, latelate"


@pytest.mark.parametrize(
    "text",
    [
        "{% if x == 'never' %}{{ x | nosuch }}{% endif %}a",
        "{% if x == 'never' %}{{ x | times }}{% endif %}a",
        "{% if x == 'never' %}{{ x | upcase: 1 }}{% endif %}a",
        "{% if x == 'never' %}{{ x | date: nosuch: 1 }}{% endif %}a",
    ],
)
def test_a_filter_that_cannot_be_is_told_on_a_branch_that_no_sample_takes(text: str) -> None:
    assert problems_of(Source("s", text, ""), {"x": "1"})


def test_a_reader_without_a_name_is_thought_of() -> None:
    [problem] = problems_of(Source("{{ recipient.company }}", "x", ""), {})
    assert problem.sentence == "This is empty for a reader whose name and company are not known."


def test_a_subject_that_would_be_cut_is_told() -> None:
    [problem] = problems_of(Source("x" * 501, "x", ""), {})
    assert "more than 500 characters" in problem.sentence


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("recipent.name", "recipient.name"),
        ("name", "recipient.name"),
        ("dead_line", "deadline"),
        ("compny", "company"),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest_that_there_is(word: str, nearest: str) -> None:
    [problem] = problems_of(Source("s", f"{{{{ {word} }}}}", ""), {"deadline": "x"})
    assert f"“{word}” is unknown. Is it “{nearest}”?" in problem.sentence


def test_a_word_that_looks_like_no_other_is_refused_without_a_guess() -> None:
    [problem] = problems_of(Source("s", "{{ zzz }}", ""), {"deadline": "x"})
    assert "Is it" not in problem.sentence


def test_a_property_that_no_word_has_is_refused_on_every_branch() -> None:
    assert problems_of(Source("s", "a{% if false %}{{ deadline.day }}{% endif %}", ""), {"deadline": "x"})
    assert (
        problems_of(Source("s", "{{ deadline.size }}{{ recipient.name.size }}", ""), {"deadline": "x"}) == []
    )


def test_half_a_sign_or_a_nul_in_a_value_leaves_an_email_that_can_be_kept() -> None:
    rendered = render(
        Source("{{ x }}", "{{ x }}", "<p>{{ x }}</p>"), words_for(sample_recipient("en"), {"x": "a\0b\ud83d"})
    )
    assert (rendered.subject, rendered.text, rendered.html) == ("ab\ufffd", "ab\ufffd", "<p>ab\ufffd</p>")
