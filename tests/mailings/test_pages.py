"""The pages of mailings: a whole one by clicks, each button with its right, and what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from backoffice.admin.attention import paused_mailings
from backoffice.mailings import causes, going
from backoffice.models import Audience, Mailing, MailingState, Message
from tests.mailings.making import PostOffice, a_template, people, sending, taken_down, turn
from tests.people import somebody

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("Staff")


def url(name: str, mailing: Mailing) -> str:
    return reverse(f"admin:backoffice_mailing_{name}", args=[mailing.pk])


def page(client: Client, mailing: Mailing) -> str:
    return client.get(url("change", mailing)).content.decode()


def figures(said: str) -> dict[str, str]:
    """The table of the balance: what stands beside each number."""
    table = said[said.index('id="balance"') :]
    found = re.findall(r'text-important">([^<]+)</span>.*?href="[^"]+">([^<]+)</a>', table, re.DOTALL)
    return dict(found)


def press(client: Client, name: str, mailing: Mailing) -> None:
    """Asked, with what the dialog hides, and confirmed."""
    asked = client.get(url(name, mailing)).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', asked))
    client.post(url(name, mailing), hidden | {"confirm": "1", "confirmed": "1"})


def test_a_mailing_from_its_form_to_its_balance(staff: Client, post: PostOffice, settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    people(4)
    audience = Audience.objects.create(name="All of them", shared=True)
    template = a_template()
    answer = staff.post(
        reverse("admin:backoffice_mailing_add"),
        {"name": "October", "audience": audience.pk, "template": template.pk},
    )
    mailing = Mailing.objects.get()
    assert answer["Location"] == url("change", mailing)
    assert mailing.created_by == somebody("Staff")
    said = page(staff, mailing)
    assert url("take_down", mailing) in said
    assert url("send", mailing) not in said
    going.take_down(mailing, lambda _mailing: "a-job")
    from backoffice.mailings import freezing

    freezing.freeze(mailing)
    mailing.refresh_from_db()
    said = page(staff, mailing)
    assert "Dear Person 0, we have news." in said
    assert figures(said) == {"Waiting": "4"}
    going.send(mailing, somebody("Staff"), lambda _mailing: "a-job")
    turn(mailing)
    said = page(staff, mailing)
    assert figures(said) == {"Accepted, no news yet": "4"}
    assert "nothing is known beyond acceptance" in said
    listed = staff.get(url("people", mailing), {"fate": "accepted"}).content.decode()
    assert listed.count("@example.org</a>") == 4
    assert "p0000@example.org" not in staff.get(url("people", mailing), {"fate": "failed"}).content.decode()


def test_buttons_move_it(staff: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.admin.mailings.controls.launch_sending", lambda mailing, by: "a-job")
    people(2)
    mailing = taken_down(User.objects.create_user("author"))
    for name, state in {"send": "sending", "pause": "paused", "resume": "sending", "stop": "stopped"}.items():
        press(staff, name, mailing)
        mailing.refresh_from_db()
        assert mailing.state == state
    assert figures(page(staff, mailing)) == {"Stopped": "2"}
    press(staff, "send", mailing)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.STOPPED


def test_who_made_it_is_offered_no_approval_and_a_second_person_is(
    signed_in: Callable[[str], Client], staff: Client, settings: Any
) -> None:
    settings.MAILING_APPROVAL_ABOVE = 1
    people(2)
    mailing = taken_down(somebody("Staff"))
    said = page(staff, mailing)
    assert url("approve", mailing) not in said
    assert url("send", mailing) not in said
    press(staff, "approve", mailing)
    assert not mailing.approvals.exists()
    other = signed_in("superuser")
    assert url("approve", mailing) in page(other, mailing)
    press(other, "approve", mailing)
    assert mailing.approvals.get().by == somebody("superuser")
    assert url("send", mailing) in page(staff, mailing)
    assert "Approved by superuser" in page(staff, mailing)


def test_a_mailing_that_paused_by_itself_is_a_need_and_one_that_somebody_paused_is_none(
    author: User, staff: Client
) -> None:
    people(1)
    mailing = sending(author)
    going.pause(mailing)
    assert list(paused_mailings(None)) == []  # type: ignore[arg-type]  # it asks nothing of it
    Mailing.objects.update(state="sending")
    going.pause(mailing, causes.TOO_MANY_BOUNCED(count=3, accepted=20, bound="5 %"))
    [need] = paused_mailings(None)  # type: ignore[arg-type]
    assert need.url == url("change", mailing)
    assert "3 of 20 emails came back" in page(staff, mailing)


def test_the_page_of_a_message_shows_its_text_from_the_frozen_values(
    signed_in: Callable[[str], Client], post: PostOffice, author: User
) -> None:
    people(1)
    mailing = sending(author)
    turn(mailing)
    client, message = signed_in("superuser"), Message.objects.get()
    said = client.get(reverse("admin:backoffice_message_change", args=[message.pk])).content.decode()
    assert "Dear Person 0, we have news." in said
    assert url("change", mailing) in said
    raw = client.get(reverse("admin:backoffice_message_raw", args=[message.pk])).content
    assert raw.splitlines()[-1] == b"Dear Person 0, we have news."
    mailing.everybody.update(email="", address=None, name="", recipient=None, values={})
    Message.objects.update(recipient=None)
    answer = client.get(reverse("admin:backoffice_message_change", args=[message.pk]))
    assert answer.status_code == 200
    assert "Its text cannot be said any more" in answer.content.decode()


def test_the_command_does_what_the_pages_do(author: User, monkeypatch: pytest.MonkeyPatch) -> None:
    place = "backoffice.management.commands.send_mailing"
    monkeypatch.setattr(f"{place}.launch_sending", lambda mailing, by: "a-job")
    monkeypatch.setattr(f"{place}.launch_take_down", lambda mailing, by: "a-job")
    people(2)
    audience, template = Audience.objects.create(name="All", owner=author), a_template()
    said = StringIO()
    call_command("send_mailing", audience=audience.pk, template=template.slug, by="author", stdout=said)
    mailing = Mailing.objects.get()
    assert (mailing.created_by, mailing.job_id) == (author, "a-job")
    from backoffice.mailings import freezing

    freezing.freeze(mailing)
    call_command("send_mailing", "send", str(mailing.pk), stdout=said)
    call_command("send_mailing", "pause", str(mailing.pk), stdout=said)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.PAUSED
    with pytest.raises(CommandError, match="somebody was quicker"):
        call_command("send_mailing", "pause", str(mailing.pk))
    with pytest.raises(CommandError, match="no mailing 999"):
        call_command("send_mailing", "stop", "999")
    call_command("send_mailing", "stop", str(mailing.pk), stdout=said)
    assert "2 Stopped" in said.getvalue()
