"""A value of signs that nobody sees is no value: in a condition, in a default, in a hole, at sending."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from backoffice.emails import compose
from backoffice.emails.errors import Refused
from backoffice.emails.preview import sample_recipient
from backoffice.emails.render import PARTS, Source, refuse_holes, render, render_part, words_for
from backoffice.emails.template_checks import problems_of
from backoffice.models import EmailTemplate, Recipient, TemplateVariable
from backoffice.spelling import is_blank

BLANKS = {
    "zero width space": "\u200b",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphens": "\u00ad\u00ad",
    "marks of direction": "\u200e\u200f\u061c",
    "an embedding and its end": "\u202a\u202c",
    "isolates": "\u2066 \u2069",
    "joiners": "\u200c\u200d",
    "a selector of emoji": "\ufe0f",
    "a selector of ideographs": "\U000e0101",
    "tags": "\U000e0065\U000e007f",
    "a Korean filler": "\u3164",
    "a Mongolian separator": "\u180e",
    "an empty braille cell": "\u2800",
    "spaces among them": " \u200b\u00a0\ufeff\t",
    "a line among them": "\u2060\n\u2060",
    "NUL": "\0\u200b",
}
# What they stand beside is text, and stays sign by sign as it is.
TEXTS = [
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
    "\u2764\ufe0f",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with a joiner that spelling asks for
    "\u0915\u094d\u200d\u0937",
    "co\u00adoperation",
    "\u200babc\u200b",
    "\u200f\u05e9\u05dc\u05d5\u05dd\u200f",
    "\u26a5",
    ".",
    "0",
]
ASKED = "{% if x %}yes{% else %}no{% endif %}|{{ x | default: 'none' }}|{% unless x %}not{% endunless %}"


def in_part(part: str, text: str) -> Source:
    return Source(*(text if part == one else "s" for one in PARTS))


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
def test_what_nobody_sees_is_no_value_to_a_condition_or_a_default(blank: str, part: str) -> None:
    words = words_for(sample_recipient("fr"), {"x": blank})
    assert render_part(in_part(part, ASKED), part, words) == "no|none|not"


@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
def test_it_is_equal_to_blank_and_to_nothing(blank: str) -> None:
    words = words_for(sample_recipient("en"), {"x": blank})
    for asked in ("x == blank", "x == empty", 'x == ""', "x == nil"):
        assert render_part(in_part("text", f"{{% if {asked} %}}yes{{% endif %}}"), "text", words) == "yes", (
            asked
        )


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
def test_a_hole_that_nothing_visible_fills_is_refused_at_sending_and_told_at_saving(
    blank: str, part: str
) -> None:
    source = in_part(part, "Due {{ x }}")
    with pytest.raises(Refused) as refusal:
        refuse_holes(source, {"x": blank})
    assert refusal.value.code == "template.value_empty"
    [problem] = problems_of(source, {"x": "Friday"}, {"x": blank})
    assert (problem.part, "“x” has no value" in problem.sentence) == (part, True)


@pytest.mark.parametrize("word", ["name", "company"])
def test_a_recipient_whose_name_nobody_sees_has_none(word: str) -> None:
    reader = Recipient(email="zoe@example.org", language="en", **{word: "\ufe0f\u2800"})
    text = f"{{% if recipient.{word} %}}yes{{% else %}}no{{% endif %}}"
    assert render_part(in_part("text", text), "text", words_for(reader, {})) == "no"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_keeps_the_signs_that_nobody_sees(text: str, part: str) -> None:
    source = in_part(part, "{% if x %}{{ x }}{% endif %}")
    refuse_holes(source, {"x": text})
    assert getattr(render(source, words_for(sample_recipient("fr"), {"x": text})), part) == text


@pytest.mark.parametrize("part", ["subject", "text"])
def test_a_part_in_which_nobody_sees_anything_is_empty(part: str) -> None:
    assert [one.sentence for one in problems_of(in_part(part, "\u200b \u2060"), {})] == [
        "This is empty: write something here."
    ]


def test_no_letter_mark_or_figure_of_unicode_is_taken_for_nothing() -> None:
    fillers = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0}
    selectors = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
    seen = {
        point
        for point in range(sys.maxunicode + 1)
        if unicodedata.category(chr(point))[0] in "LMNPS" and is_blank(chr(point))
    }
    assert seen == fillers | selectors


# --- The roads that emails take -----------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("blank", ["\u200b", "\ufeff \u2060"])
def test_an_email_with_such_a_hole_is_not_written(recipient: Recipient, blank: str) -> None:
    template = EmailTemplate.objects.create(slug="due", name="Due", subject="Due", text="On {{ day }}.")
    TemplateVariable.objects.create(template=template, name="day", value=blank)
    with pytest.raises(Refused, match="“day” has no value"):
        compose.compose(recipient.pk, template.pk, "a-job")
    EmailTemplate.objects.update(text="On {{ day | default: 'Friday' }}.")
    assert compose.compose(recipient.pk, template.pk, "a-job").text == "On Friday."
