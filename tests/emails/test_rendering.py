"""Templates by staff: strict, escaped, limited, and never a way into the program."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from backoffice.emails.errors import Refused
from backoffice.emails.html_checks import html_problems
from backoffice.emails.preview import letter, sample_recipient
from backoffice.emails.render import Source, render, render_part, words_for
from backoffice.emails.seeds import seed_templates, shipped
from backoffice.emails.template_checks import problems_of
from backoffice.emails.templating.environment import HTML, PLAIN, TAGS
from backoffice.emails.templating.filters import FILTERS
from backoffice.models import EmailTemplate, Recipient
from tasks_app.catalogue import find

WORDS = words_for(sample_recipient("en"), {"code": "<b>A & B</b>"})


def of_text(text: str) -> Source:
    return Source("Subject", text, "")


def problems(source: Source, **samples: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for problem in problems_of(source, samples):
        found.setdefault(problem.part, []).append(problem.sentence)
    return found


def test_html_is_escaped_and_plain_text_is_not() -> None:
    rendered = render(Source("{{ code }}", "{{ code }}", "<p>{{ code }}</p>"), WORDS)
    assert rendered.html == "<p>&lt;b&gt;A &amp; B&lt;/b&gt;</p>"
    assert rendered.text == rendered.subject == "<b>A & B</b>"


def test_a_subject_is_one_line_whatever_its_words_hold() -> None:
    words = words_for(sample_recipient("en"), {"code": "x\r\nBcc: spy@example.org"})
    assert render(Source("Hello\n{{ code }}", "x", ""), words).subject == "Hello x Bcc: spy@example.org"


@pytest.mark.parametrize(
    "text",
    [
        "{{ recipient.__class__ }}",
        "{{ recipient.pk }}",
        "{{ recipient._state }}",
        "{{ recipient.messages }}",
        "{{ settings }}",
        "{{ company.__init__ }}",
        "{% include 'x' %}",
        "{% render 'x' %}",
        "{{ code | safe }}",
        "{{ code | replace: '', code }}",
    ],
)
def test_nothing_but_the_words_is_reached(text: str) -> None:
    with pytest.raises(Refused):
        render_part(of_text(text), "text", WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in (1..999999999) %}x{% endfor %}",
        "{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}",
        "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}",
        "{% for i in (1..1500) %}" + "x" * 1000 + "{% endfor %}",
        "{% if true %}" * 60 + "{% endif %}" * 60,
    ],
)
def test_a_template_without_end_is_stopped(text: str) -> None:
    with pytest.raises(Refused, match="does not end or is too large"):
        render_part(of_text(text), "text", WORDS)
    assert problems(of_text(text))["text"]


def test_a_number_that_grows_without_end_is_stopped() -> None:
    text = "{% assign n = 9 %}{% for i in (1..60) %}{% assign n = n | times: n %}{% endfor %}"
    with pytest.raises(Refused, match="a number here is too large"):
        render_part(of_text(text), "text", WORDS)


@pytest.mark.parametrize("text", ["{{ 1 | divided_by: 0 }}", "{{ 'x' | slice: 'y' }}", "{{ 'x' | plus }}"])
def test_arithmetic_that_cannot_be_is_a_sentence(text: str) -> None:
    with pytest.raises(Refused, match="text"):
        render_part(of_text(text), "text", WORDS)


def test_the_allowed_tags_and_filters_exist() -> None:
    assert PLAIN.tags.keys() == HTML.tags.keys() == TAGS
    assert PLAIN.filters.keys() == HTML.filters.keys() == FILTERS


# --- What is said of a template before anybody gets it -------------------------------------------


def test_a_sound_template_has_no_problem() -> None:
    source = Source("Hi {{ recipient.name }}", "{{ code }} {{ company }} {{ today }}", "<p>{{ code }}</p>")
    assert problems(source, code="7") == {}


def test_broken_syntax_is_named_by_its_line() -> None:
    said = problems(of_text("one\ntwo {% if %}\n{{ company"))
    assert "line " in said["text"][0]


@pytest.mark.parametrize("word", ["invoice_number", "recipient.age", "no_such.thing"])
def test_a_word_without_a_value_is_named_and_no_english_said_of_it(word: str) -> None:
    with pytest.raises(Refused) as refused:
        render_part(of_text(f"{{{{ {word} }}}}"), "text", WORDS)
    assert refused.value.notice.params["detail"] in (word, word.partition(".")[0])
    with override("fr"):
        assert "undefined" not in str(refused.value)


def test_an_unknown_word_is_found_on_a_branch_that_no_sample_takes() -> None:
    [said] = problems(of_text("a\n{% if false %}{{ nobody }}{% endif %}"), code="7")["text"]
    assert said.startswith("Line 2: “nobody” is unknown.")
    assert "recipient.name" in said
    assert "code" in said


def test_an_unknown_property_of_the_recipient_is_named() -> None:
    [said] = problems(Source("{{ recipient.password }}", "x", ""))["subject"]
    assert "recipient.password" in said


def test_each_part_is_checked_in_every_language() -> None:
    only_french = "{% if recipient.language == 'fr' %}<p>ouvert</div>{% else %}<p>fine</p>{% endif %}"
    assert "</div>" in problems(Source("s", "t", only_french))["html"][0]


def test_a_part_that_is_empty_for_somebody_is_said() -> None:
    [said] = problems(of_text("{% if recipient.language == 'fr' %}Bonjour{% endif %}"))["text"]
    assert said == "This is empty for a reader in English."


@pytest.mark.parametrize(
    "html",
    [
        "<p>a</b>",
        "<b><i>x</b></i>",
        "<table><p>a</p></table>",
        "<a href='x",
        "<div>",
        "a < b",
        '<p>&nosuch; <a href="x" href="y">z</a></p>',
    ],
)
def test_broken_html_is_said(html: str) -> None:
    assert html_problems(html)


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>a</b>", "</b> closes a tag that is not open here."),
        ("<table></p></table>", "</p> closes a tag that is not open here."),
        ("<table><p>a</p></table>", "<p> stands in a table but in none of its cells."),
        ("<table><tr><td><i></td></tr></table>", "A tag that was opened in a cell"),
        ("<div><b></div>", "comes before a tag inside it is closed."),
        ("<div>", "The HTML ends before all its tags are closed."),
        ("<a href='x", "The HTML ends inside a tag"),
        ("<div/></div>", "<div/> does not close itself"),
        ("AT&T", "A plain & is written as &amp;"),
        ("1 < 2", "A plain < is written as &lt;."),
        ('<a href="x"id="y">z</a>', "a quote or a space is missing."),
    ],
)
def test_a_mistake_in_html_is_said_once_in_our_words_with_its_line(html: str, said: str) -> None:
    [sentence] = html_problems(f"<br>\n{html}").values()
    assert sentence.startswith("Line 2, near “")
    assert said in sentence


def test_a_mistake_that_every_language_has_is_said_once() -> None:
    broken = "<p>{{ recipient.language }}</b>"
    [said] = problems(Source("s", "t", broken))["html"]
    assert "</b> closes a tag that is not open here." in said


@pytest.mark.parametrize(
    "html", ["", "<p>fine</p>", "<!DOCTYPE html><title>x</title><p>é &amp; <br>", "<ul><li>a<li>b</ul>"]
)
def test_sound_html_passes(html: str) -> None:
    assert html_problems(html) == {}


def test_the_preview_is_what_the_recipient_would_read(recipient: Recipient, template: EmailTemplate) -> None:
    html = letter(recipient.pk, template.pk).html
    assert html == "<p>Bonjour Zoé Ångström, votre code est <b>A &amp; B</b>.</p>"


def test_a_preview_without_html_shows_the_text_escaped(template: EmailTemplate) -> None:
    EmailTemplate.objects.update(html="", text="1 < 2\n{{ recipient.name }}")
    assert "1 &lt; 2\nCamille Martin" in letter(None, template.pk).html


def test_a_preview_that_cannot_be_is_a_sentence_for_the_page(template: EmailTemplate) -> None:
    EmailTemplate.objects.update(text="{{ nobody }}")
    preview = find("envoi_email").kind.preview
    assert preview is not None
    with pytest.raises(ValidationError, match="nobody"):
        preview({"modele_id": template.pk})


# --- The templates that are shipped --------------------------------------------------------------


def test_the_shipped_templates_are_sound_and_the_default_is_among_them(db: None, settings: object) -> None:
    assert seed_templates() == [one["name"] for one in shipped()]
    for template in EmailTemplate.objects.all():
        samples = {one.name: one.sample for one in template.variables.all()}
        assert problems(Source(template.subject, template.text, template.html), **samples) == {}
    assert EmailTemplate.objects.default().exists()


def test_seeding_never_undoes_an_edit_and_brings_back_only_the_default(db: None) -> None:
    seed_templates()
    EmailTemplate.objects.filter(slug="welcome").update(name="Ours")
    EmailTemplate.objects.filter(slug="invoice-reminder").delete()
    assert seed_templates() == []
    assert EmailTemplate.objects.get(slug="welcome").name == "Ours"
    EmailTemplate.objects.filter(slug="welcome").delete()
    assert seed_templates() == ["Welcome"]
