"""Letters that no font of the machine has: the report says so on itself, and doctor beforehand."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override
from weasyprint import HTML

from backoffice import health
from backoffice.models import MessageState
from backoffice.reports import scripts
from backoffice.reports.assets import stylesheet
from backoffice.reports.sections import Badge, Column, Figure, Figures, Pair, Share, Stacked, Table, Words
from tasks_app.monitor.health.checks import Level
from tests.reports.reading import pages
from tests.reports.test_documents import OCTOBER, make

pytestmark = pytest.mark.once


THAI, HINDI = "สมชาย", "अमित"


@pytest.fixture
def no_thai(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose fonts have every letter but those of Thai."""
    monkeypatch.setattr(scripts, "has_letter", lambda codepoint: not 0x0E00 <= codepoint < 0x0E80)


def test_a_report_says_on_its_first_page_what_it_cannot_print(
    no_thai: None, add_message: Callable[..., Any]
) -> None:
    add_message(OCTOBER, state=MessageState.FAILED, error=f"{THAI} was not found.", template_name="Été")
    # Headings are read alone: no reader of ours reads text in a typeface that lacks a letter of it.
    assert "Letters that are missing" in pages(make("emails"))[0]
    assert "Lettres manquantes" in pages(make("emails", language="fr"))[0]
    with override("fr"):
        found = scripts.notice(THAI)
    assert found is not None
    assert "Écriture : thaï." in str(found.text).replace("\xa0", " ")
    assert "fonts-noto-core" in str(found.text)


def test_a_report_whose_letters_are_all_there_says_nothing(
    no_thai: None, add_message: Callable[..., Any]
) -> None:
    add_message(
        OCTOBER, state=MessageState.FAILED, error="Zoë – naïve “Łódź” Ωμέγα Жёлтый", template_name=HINDI
    )
    assert "Letters that are missing" not in pages(make("emails"))[0]


@pytest.mark.parametrize(
    "part",
    [
        Words(THAI),
        Figures([Figure("x", THAI)]),
        Table("x", [Column(THAI, 100)], [], ""),
        Table("x", [Column("x", 100)], [[Stacked(1, Badge(THAI))]], ""),
        Pair(Table("x", [], [[Share(0.5), {"k": [THAI]}]], ""), Table("x", [], [], "")),
        [timezone.now(), None, 3, THAI],
    ],
)
def test_it_is_found_wherever_it_stands(no_thai: None, part: Any) -> None:
    found = scripts.notice(part)
    assert found is not None
    assert "Thai" in str(found.text)


def test_signs_without_a_shape_need_no_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "has_letter", lambda codepoint: False)
    assert scripts.without_font("a\u00a0b\u200d\u200b\n\t\uee00\u0378") == {"\uee00", "\u0378"}
    with override("fr"):
        found = scripts.notice("\uee00 ⠃ 𐎠")
    assert found is not None
    assert "Braille" in str(found.text), "a script without a line in the table has its English name"


def test_it_says_what_weasyprint_tells_its_log(caplog: pytest.LogCaptureFixture) -> None:
    """Over one sign of every block of the first plane and of the emoji, with the fonts of this machine."""
    text = [
        chr(code) for code in [*range(0x100, 0xD700, 0x40), *range(0xE000, 0xFB00, 0x200), 0x1F600, 0x10330]
    ]
    drawn = [sign for sign in text if sign.isprintable()]
    caplog.set_level(logging.WARNING, "weasyprint")
    css, fonts = stylesheet()
    HTML(string=f"<p>{' '.join(drawn)}").write_pdf(io.BytesIO(), stylesheets=[css], font_config=fonts)
    told = "".join(record.getMessage() for record in caplog.records)
    missing = scripts.without_font(drawn)
    agreed = [sign for sign in drawn if (f"U+{ord(sign):04X}" in told.upper()) == (sign in missing)]
    assert drawn, told
    assert agreed == drawn, sorted(set(drawn) - set(agreed))


def test_doctor_lists_what_can_be_printed(no_thai: None) -> None:
    [found] = health.letters(timezone.now())
    assert found.level is Level.OK
    can, others = found.sentence.split("; what is written in ")
    assert "Latin, Greek, Cyrillic" in can
    assert "Thai" in others
    assert "fonts-noto-core" in others
    assert "fonts-noto-cjk" not in others


def test_doctor_says_that_fontconfig_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(codepoint: int) -> bool:
        raise OSError("libfontconfig.so.1: cannot open shared object file")

    monkeypatch.setattr(scripts, "has_letter", missing)
    [found] = health.letters(timezone.now())
    assert found.level is Level.DEGRADED


def test_each_script_of_the_table_is_known_by_its_letters() -> None:
    for code, one in scripts.SCRIPTS.items():
        assert {scripts._code_of(sign) for sign in one.sample} == {code}
