"""A file becomes an audience: each line is somebody, or refused with its reason."""

from __future__ import annotations

import csv
import io
import random
from typing import Any

import pytest
from django.contrib.auth.models import User

from backoffice.audiences import uploading
from backoffice.audiences.lookalikes import skeleton
from backoffice.models import AudienceLine, PeopleList, RecipientField
from backoffice.people_lists.errors import UnreadableList
from tests.audiences.making import uploaded
from tests.people_lists.looking import workbook

pytestmark = pytest.mark.django_db


def refusals(content: str) -> list[tuple[int, str]]:
    return [(one.row.line, uploading.reason(one)) for one in uploading.look(content.encode()).shown_refused]


def test_each_column_that_says_not_who_is_a_variable(fields: dict[str, RecipientField], owner: User) -> None:
    content = (
        "Nom,Courriel,Montant dû (€),today,المبلغ,2nd line,Balance\n"
        "Zoé,zoe@example.org,12 €,x,٥,y,-3.5\nDana,dana@example.org,,,,,\n"
    )
    made = uploaded(owner, content)
    names = [name for name, _header in made.variables]
    assert names == ["montant_du", "column_today", "column_5", "column_2nd_line", "balance"]
    zoe, dana = made.lines.all()
    assert zoe.values == dict(zip(names, ["12 €", "x", "٥", "y", -3.5], strict=True))
    assert (zoe.name, dana.values) == ("Zoé", {})
    assert uploading.look(content.encode()).missing == dict.fromkeys(names, 1)


def test_a_workbook_is_read_as_a_text_file_is(owner: User) -> None:
    rows: list[list[Any]] = [
        ["email", "Due", "Since"],
        ["a@example.org", 12.5, "=1+1"],
        ["b@example.org", 3, "דנה 🎉"],
    ]
    made = uploaded(owner, workbook(rows))
    assert [one.email for one in made.lines.all()] == ["b@example.org"]
    assert made.lines.get().values == {"due": "3", "since": "דנה 🎉"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nobody,x", "Email address: "),
        (",x", "no address"),
        ("a@example.org,=HYPERLINK(1)", "Note: It begins like a formula (“=”)"),
        ("a@example.org,@SUM(1)", "formula (“@”)"),
        ("a@example.org,'=1+1", "formula (“=”)"),
        ("a@example.org,+cmd|x", "formula (“+”)"),
        ("a@example.org,\u200b=HYPERLINK(1)", "formula (“=”)"),
        ("a@example.org,\ufeff\u00ad@SUM(1)", "formula (“@”)"),
        ('a@example.org,"x\r\nBcc: b@example.org"', "Note: A line break and then what looks like the header"),
        ('"a@example.org\nBcc: b@example.org",x', "header of an email"),
        ("a@example.org,x,y", "more cells than there are columns"),
        ("ok@example.org,again", "stands on line 2 already"),
        ("OK@Example.org,again", "stands on line 2 already"),
        (f"a@example.org,{'x' * 2001}", "at most 2000 characters"),
    ],
)
def test_a_bad_line_is_refused_with_its_reason_and_the_others_stay(line: str, said: str) -> None:
    content = f"email,Note\nok@example.org,fine\n{line}\n"
    [(_number, reason)] = refusals(content)
    assert said in reason
    assert uploading.look(content.encode()).people == 1


@pytest.mark.parametrize(
    "text", ["-5", "+33 6 12 34 56 78", "-0,5 %", "+ 3", "a=b", "x@y", "Straße 5\nD-80331 München"]
)
def test_what_is_only_text_stays_text(owner: User, text: str) -> None:
    made = uploaded(owner, f'email,Note\na@example.org,"{text}"\n')
    assert made.lines.get().values == {"note": text}


@pytest.mark.parametrize("blank", ["\u200b", "\ufeff \u00ad", "\u2060\u2060", "\u3164"])
def test_a_cell_of_signs_that_nobody_sees_says_nothing(owner: User, blank: str) -> None:
    content = f"email,Note\na@example.org,{blank}\n{blank},{blank}\nb@example.org,x,{blank}\n"
    assert refusals(content) == []
    assert [one.values for one in uploaded(owner, content).lines.order_by("line")] == [{}, {"note": "x"}]


def test_who_opted_out_by_the_list_is_left_out_and_values_are_of_their_type(
    fields: dict[str, RecipientField],
) -> None:
    said = dict(
        refusals("email,actif,Tier\na@example.org,non,gold\nb@example.org,oui,lead\nc@example.org,,silver\n")
    )
    assert "opted out" in said[2]
    assert said[3] == "Tier: “lead” is no choice here. Choose one of: gold, silver or bronze."
    assert len(said) == 2


def test_two_columns_of_one_word_are_refused_by_name() -> None:
    with pytest.raises(UnreadableList, match="“Amount due” and “amount-due”"):
        uploading.look(b"email,Amount due,amount-due\na@example.org,1,2\n")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sam.lee@example.org", "samlee@example.org"),
        ("sam+news@example.org", "sam@example.org"),
        ("pаul@example.org", "paul@example.org"),  # Cyrillic а
        ("zoë@example.org", "zoe@example.org"),
        ("b0b@example.org", "bob@example.org"),
        ("pau1@example.org", "paul@example.org"),
        ("a@exarnple.org", "a@example.org"),
    ],
)
def test_addresses_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)
    assert skeleton("anna@example.org") != skeleton("hanna@example.org")


def test_look_alikes_are_told_and_kept() -> None:
    found = uploading.look(b"email\nsam.lee@example.org\nann@example.org\nsamlee@example.org\n")
    assert found.people == 3
    [pair] = found.lookalikes.pairs
    assert (pair.line, pair.email, pair.other_line, pair.other) == (
        4,
        "samlee@example.org",
        2,
        "sam.lee@example.org",
    )


def test_a_second_click_makes_no_second_audience(owner: User) -> None:
    made = uploaded(owner, "email\na@example.org\n")
    again = uploading.carry_out(PeopleList.objects.get(), made)
    assert (again, AudienceLine.objects.count()) == (made, 1)


@pytest.mark.sweep
@pytest.mark.once
def test_fifty_thousand_lines_of_which_three_in_a_hundred_are_bad_lose_none(owner: User) -> None:
    dice = random.Random(12)
    bad = set(dice.sample(range(50_000), 1_500))
    broken = ("not an address,x", "p0@example.org,twice", "q@example.org,=1+1", "=x@example.org,y")
    lines = [
        dice.choice(broken) if number in bad else f"p{number}@example.org,value {number}"
        for number in range(50_000)
    ]
    lines[0], bad = "p0@example.org,value 0", bad - {0}
    content = ("email,Note\n" + "\n".join(lines) + "\n").encode()
    found = uploading.look(content)
    assert (found.people, found.refused) == (50_000 - len(bad), len(bad))
    refused = list(csv.reader(io.StringIO(uploading.refused_lines(content).decode("utf-8-sig"))))
    assert refused[0] == ["Line", "What is wrong", "email", "Note"]
    assert {int(line) - 2 for line, *_cells in refused[1:]} == bad
    assert all(reason for _line, reason, *_cells in refused[1:])
    assert uploaded(owner, content).lines.count() == found.people
