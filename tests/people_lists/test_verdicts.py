"""What a cell means, and what becomes of somebody who is known already."""

from __future__ import annotations

from typing import Any

import pytest

from backoffice.models import Recipient
from tests.people_lists.looking import figures, look, people, rejected, values

pytestmark = pytest.mark.django_db


def add(email: str = "gone@example.org", **known: Any) -> Recipient:
    return Recipient.objects.create(email=email, **known)


@pytest.mark.parametrize("blank", ["\u200b", "\u00ad \u2060", "\ufeff\ufeff", "\u3164", "\u200e\u200f"])
def test_a_line_of_signs_that_nobody_sees_is_blank_and_such_a_cell_is_none_too_many(blank: str) -> None:
    found = look(f"email,name\n{blank},{blank}\nzoe@example.org,Zoe,{blank}\n{blank}\n")
    assert people(found) == [("zoe@example.org", "Zoe")]
    assert rejected(found) == []


# --- Opting out ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cells", ["gone@example.org,Gone,Acme,fr,", "gone@example.org,Gone", "gone@example.org"]
)
def test_a_blank_or_missing_cell_says_nothing(cells: str) -> None:
    add(name="Gone", company="Acme", language="fr", active=False)
    found = look(f"email,name,company,language,active\n{cells}\n")
    assert figures(found) == {"same": 1}
    assert found.figures.returning == 0


@pytest.mark.parametrize("word", ["yes", "Oui", "1", "TRUE", "VRAI", "x", "Abonné", "actif"])
def test_yes_for_somebody_who_opted_out_is_asked_about_and_not_done(word: str) -> None:
    add(name="Old", active=False)
    found = look(f"email,name,active\ngone@example.org,New,{word}\n")
    [verdict] = found.returning
    assert values(verdict)["active"] is False
    assert figures(found) == {"changed": 1}, "their name is"


@pytest.mark.parametrize("word", ["no", "Non", "0", "FALSE", "Faux", "désabonné"])
def test_no_opts_out(word: str) -> None:
    add()
    [verdict] = look(f"email,active\ngone@example.org,{word}\n").accepted
    assert values(verdict)["active"] is False


@pytest.mark.parametrize("column", ["Unsubscribed", "Opt-out", "Désabonné"])
def test_a_column_of_those_who_opted_out_is_obeyed(column: str) -> None:
    add("gone@example.org", active=False)
    lines = [
        "a@example.org,yes",
        "b@example.org,no",
        "c@example.org,",
        "gone@example.org,no",
        "d@example.org,?",
    ]
    found = look("\n".join([f"email,{column}", *lines]))
    assert [values(one)["active"] for one in found.accepted] == [False, True, True]
    assert (figures(found), found.figures.returning) == ({"new": 3, "same": 1, "rejected": 1}, 0)


@pytest.mark.parametrize("word", ["perhaps", "2", "-", "oui non", "0.5"])
def test_another_word_under_active_is_rejected_with_its_line(word: str) -> None:
    add(active=False)
    found = look(f"email,active\n\ngone@example.org,{word}\n")
    assert rejected(found) == [(3, f"Active: Write yes or no here, not “{word}”.")]


def test_a_blank_language_leaves_somebody_theirs() -> None:
    add(language="fr")
    assert figures(look("email,language,company\ngone@example.org,,\n")) == {"same": 1}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("fr", "fr"),
        ("FR", "fr"),
        ("Français", "fr"),
        ("fr-CA", "fr"),
        ("fr_FR", "fr"),
        ("English", "en"),
        ("en-GB", "en"),
    ],
)
def test_a_language_is_known_by_its_names(said: str, code: str) -> None:
    [verdict] = look(f"email,language\nnew@example.org,{said}\n").accepted
    assert values(verdict)["language"] == code


# --- Signs that nobody sees ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (" Ann ", "Ann"),
        ("\u00a0Ann\u00a0\u00a0Lee\u3000", "Ann Lee"),
        ("\u200bAnn\u2060 L\u00adee\ufeff", "Ann Lee"),
        ("\u202eAnn\u202c\u200f", "Ann"),
        ("A\u200dn\u200cn", "Ann"),
        ("Zoe\u0308", "Zoë"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("👩\u200d🌾 Ann", "👩\u200d🌾 Ann"),
        ("Ann\tLee", "Ann Lee"),
    ],
)  # fmt: skip
def test_a_name_is_stored_without_them(cell: str, name: str) -> None:
    assert people(look(f'email,name\nann@example.org,"{cell}"\n')) == [("ann@example.org", name)]


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "\u200bann@example.org",
            "ann@exam\u00adple.org",
            "\ufeffann@example.org",
            " ann@example.org\u00a0",
        ),
        *("\u202aann@example.org\u202c", "ann\u200d@example.org", "ann@EXAMPLE.ORG", "ann@example.org."),
        *(
            "ann@ｅｘａｍｐｌｅ．ｏｒｇ",
            "ａｎｎ＠example。org",
            "<ann@example.org>",
            "mailto:ann@example.org",
        ),
        "'ann@example.org'",
    ],
)
def test_an_address_is_one_however_it_is_written(cell: str) -> None:
    add("ann@example.org")
    assert figures(look(f"email\n{cell}\n")) == {"same": 1}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ann@exämple.org", "ann@xn--exmple-cua.org"),
        ("ann@xn--exmple-cua.org", "ANN@EXÄMPLE.ORG"),
        ("ann@bücher.example", "ann@bu\u0308cher.example"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@почта.рф", "ann@xn--80a1acny.xn--p1ai"),
        ("ann@例え.jp", "ann@xn--r8jz45g.jp"),
        ("ann@i❤.ws", "ann@xn--i-7iq.ws"),
    ],
)
def test_one_mailbox_in_two_spellings_is_one_person(first: str, second: str) -> None:
    found = look(f"email,name\n{first},Ann\n{second},Ann\n")
    assert figures(found) == {"new": 1, "rejected": 1}
    assert "stands on line 2 already" in rejected(found)[0][1]
    add(second)
    known = look(f"email\n{first}\n")
    assert figures(known) in ({"same": 1}, {"changed": 1})


def test_two_domains_that_only_look_alike_to_an_old_standard_are_two() -> None:
    assert figures(look("email\nann@faß.example\nann@fass.example\n")) == {"new": 2}


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("", "There is no address on this line."),
        ("\u200b", "There is no address on this line."),
        ("zoé@example.org", "Accents before the @"),
        ("ann lee@example.org", "valid email address"),
        ("ann@example", "valid email address"),
        ("ann@@example.org", "valid email address"),
        ("ann@example.org, bob@example.org", "valid email address"),
        (f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.org", "at most 254 characters"),
    ],
)
def test_what_is_no_address_is_rejected(cell: str, said: str) -> None:
    [(line, reason)] = rejected(look(f'email,name\n"{cell}",Ann\n'))
    assert line == 2
    assert said in reason


def test_a_name_that_is_too_long_is_rejected_and_not_cut() -> None:
    assert "at most 200 characters" in rejected(look(f"email,name\nann@example.org,{'x' * 201}\n"))[0][1]


def test_all_that_is_wrong_with_a_line_is_said_at_once() -> None:
    [(_line, said)] = rejected(look("email,language,active\nbad,klingon,maybe\n"))
    assert [word in said for word in ("valid email", "klingon", "maybe")] == [True] * 3
