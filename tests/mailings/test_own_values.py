"""A person's own values in a mailing: one that says nothing leaves the template's."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from django.contrib.auth.models import User

from tests.mailings.making import PostOffice, a_template, people, sending, states, turn

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("blank", ["\u200b", "\ufeff\u00ad", " \u2060 ", "\u3164", "", None])
def test_one_of_signs_that_nobody_sees_leaves_the_templates(
    post: PostOffice, author: User, blank: str | None
) -> None:
    people(1, own={"offer": blank})
    mailing = sending(author)
    turn(mailing)
    assert b"Dear Person 0, we have news." in post.mimes["p0000@example.org"]
    assert states(mailing) == {"sent": 1}


def test_one_of_text_is_said_sign_by_sign(post: PostOffice, author: User) -> None:
    people(1, own={"offer": "co\u00adop\u200b"})
    turn(sending(author))
    mail = message_from_bytes(post.mimes["p0000@example.org"], policy=policy.default)
    assert mail.get_content() == "Dear Person 0, co\u00adop\u200b.\r\n"


@pytest.mark.parametrize("blank", ["\u200b", "\u2060\ufeff"])
def test_where_the_template_has_none_either_nothing_is_sent(
    post: PostOffice, author: User, blank: str
) -> None:
    template = a_template()
    template.variables.update(value="\u200d")
    people(2, own={"offer": blank})
    mailing = sending(author, template)
    turn(mailing)
    assert post.got == []
    assert sum(states(mailing).values()) == 2
    assert "sent" not in states(mailing)


def test_a_condition_asks_for_the_value_that_is_said(post: PostOffice, author: User) -> None:
    people(1, own={"room": "\u200f"})
    turn(sending(author, a_template("{% if room %}In {{ room }}{% else %}Somewhere{% endif %}.")))
    assert b"Somewhere." in post.mimes["p0000@example.org"]
