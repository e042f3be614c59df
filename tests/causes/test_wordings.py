"""What codes say: in each language, in general without anybody, and whatever a row's parameters are."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from tasks_app.ledger import causes
from tasks_app.notices import (
    PERSON,
    TECHNICAL,
    VALUE,
    Notice,
    Wording,
    declare,
    say,
    say_in_general,
    wordings,
)
from tasks_app.notices.notice import LONGEST, in_each_language, plain, shown

PLACEHOLDER = re.compile(r"%\((\w+)\)")


class Names(dict[str, Any]):
    """Which names a sentence asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def __missing__(self, name: str) -> int:
        self.asked.add(name)
        return 7


def named_in(wording: Wording) -> set[str]:
    names = Names()
    if wording.parameters:
        wording.sentence % names
    return names.asked


EVERY = pytest.mark.parametrize("wording", list(wordings()), ids=lambda wording: wording.code)


@EVERY
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_sentence_names_declared_parameters_alone_and_a_general_one_none(
    wording: Wording, language: str
) -> None:
    with translation.override(language):
        assert named_in(wording) <= wording.parameters.keys()
        assert not PLACEHOLDER.search(str(wording.general) + str(wording.hint))
        assert str(wording.general)


@EVERY
def test_it_is_said_in_french_where_it_has_words(wording: Wording) -> None:
    def texts() -> list[str]:
        return [str(text) for text in (wording.sentence, wording.general, wording.hint)]

    with translation.override("en"):
        english = texts()
    with translation.override("fr"):
        french = texts()
    for said, translated in zip(english, french, strict=True):
        assert said != translated or not re.search(r"[a-z]{2}", PLACEHOLDER.sub("", said))


def test_a_notice_takes_the_parameters_that_are_declared() -> None:
    for wrong in ({}, {"count": 1}, {"count": 1, "reason": "x", "more": 2}):
        with pytest.raises(TypeError, match=r"worker\.lost"):
            causes.WORKER_LOST(**wrong)


@pytest.mark.parametrize(
    ("code", "general", "complaint"),
    [
        ("worker.lost", None, "twice"),
        ("no code", None, "no code"),
        ("test.unsaid", None, "general"),
    ],
)
def test_what_cannot_be_declared_says_why(code: str, general: str | None, complaint: str) -> None:
    parameters: dict[str, Any] = {"who": PERSON} if complaint == "general" else {}
    with pytest.raises(ValueError, match=complaint):
        declare(code, "x", general=general, **parameters)


def test_a_cause_within_a_cause_is_said_in_the_reader_s_language() -> None:
    lost = causes.WORKER_LOST(count=3, reason=causes.WORKER_SILENT(worker="w2@host"))
    with translation.override("fr"):
        assert str(lost) == (
            "Le worker a été perdu 3 fois en exécutant cette tâche. Son worker w2@host ne répond plus."
        )
        assert "w2" not in lost.in_general
    assert str(lost).endswith("Its worker w2@host stopped answering.")


def test_words_of_others_are_kept_in_each_language() -> None:
    value = in_each_language(lambda: translation.gettext("Monday"))
    assert plain(value) == plain(_("Monday")) == value
    with translation.override("fr-ca"):
        assert str(shown(value)).casefold() == "lundi"
    with translation.override("de"):
        assert shown(value) == "Monday"


@pytest.mark.parametrize(
    ("given", "english", "french"),
    [
        (datetime(2026, 11, 3, 6, 5, 9, tzinfo=UTC), "3 Nov 2026, 07:05:09 CET", "nov"),
        (date(2026, 11, 3), "3 November 2026", "3 novembre 2026"),
        (["a", 2], "a, 2", "a, 2"),
        ({"colour": ["no such colour"]}, "colour: no such colour", "colour: no such colour"),
        (None, "", ""),
        (float("nan"), "nan", "nan"),
        (True, "True", "True"),
        ("x" * 9_999, "x" * LONGEST, "x" * LONGEST),
        ("a\x00b\udc80", "a\ufffdb\ufffd", "a\ufffdb\ufffd"),
    ],
    ids=str,
)
def test_a_value_is_read_as_its_language_writes_it(given: Any, english: str, french: str) -> None:
    kept = plain(given)
    assert str(shown(kept)) == english
    with translation.override("fr"):
        assert french in str(shown(kept))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"count": "many"},
        {"count": None, "reason": {"@words": {}}},
        {"count": 2, "reason": {"@moment": "2026-13-45T99:00:00"}},
        {"count": 2, "reason": {"@notice": "x"}},
    ],
    ids=str,
)
def test_a_row_of_another_version_is_said_as_far_as_it_goes(params: dict[str, Any]) -> None:
    """Its parameters are others: the page must not break over them."""
    assert "The worker was lost" in say("worker.lost", params)


def test_a_code_that_is_not_known_says_nothing_of_its_own() -> None:
    assert say("shop.closed", {}) == ""
    assert "shop.closed" in say_in_general("shop.closed")


def test_technical_parameters_are_told_apart() -> None:
    notice = declare(
        "test.kinds", "%(who)s %(what)s %(how)s", general="x", who=PERSON, what=VALUE, how=TECHNICAL
    )(who="Zoe", what=3, how="550 5.1.1")
    assert notice.technical == {"how": "550 5.1.1"}
    assert Notice(notice.code, {}).technical == {}
