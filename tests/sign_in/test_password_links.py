"""Forgotten passwords: the page tells nobody who has an account, and the link exists in one run's memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice import prunables
from backoffice.models import Message, MessageState, PasswordLinkCount
from backoffice.sign_in import link_limits, password_links
from tasks_app.account_tasks import answer_forgotten_password, send_password_link
from tasks_app.models import Job, State
from tests.sign_in.conftest import may_work, sign_in
from tests.sign_in.forgotten import (
    ASK,
    NOBODY,
    STELLA,
    ask,
    everything_stored,
    links,
    run_jobs,
    stella_herself,
)
from tests.sign_in.many import at_once


@pytest.fixture(autouse=True)
def outbox(settings: Any, data_dir: Path) -> Path:
    settings.SITE_URL = "https://office.example.org/"
    return Path(settings.OUTBOX_DIR)


@pytest.fixture
def stella(transactional_db: None) -> User:
    return stella_herself()


# --- What the page tells -------------------------------------------------------------------------


def test_a_known_and_an_unknown_address_are_the_same_work(stella: User) -> None:
    """Counted in statements, whose time alone differs: a first request opens connections and caches."""
    ask("first@example.org")
    User.objects.create_user("customer", "customer@example.org", "x-Password-7")
    User.objects.create_user("gone", "gone@example.org", "x-Password-7", is_staff=True, is_active=False)
    seen = []
    for address in (STELLA, NOBODY, "customer@example.org", "gone@example.org", STELLA.upper()):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(address)
        shapes = [re.sub(r"'[^']*'|\b\d+\b", "?", one["sql"]) for one in queries]
        seen.append((answer.status_code, answer["Location"], len(queries), shapes))
    assert all(one == seen[0] for one in seen)
    assert not any("auth_user" in shape for shape in seen[0][3])


def test_every_request_writes_the_same_kind_of_job_and_no_row_has_the_address(stella: User) -> None:
    for address in (STELLA, NOBODY):
        ask(address)
    first, second = Job.objects.order_by("created_at")
    for name in ("name", "queue", "about", "state", "origin", "created_by_id", "args"):
        assert getattr(first, name) == getattr(second, name), name
    assert first.about == ""
    assert len(str(first.kwargs)) == len(str(second.kwargs)), "nor does its length tell"
    assert NOBODY not in everything_stored()
    assert STELLA not in everything_stored()


def test_who_is_unknown_is_told_nowhere_even_after_the_work(
    stella: User, outbox: Path, admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    ask(NOBODY)
    [job] = run_jobs()
    assert job.state == State.SUCCEEDED
    page = admin_client.get(reverse("admin:tasks_app_job_change", args=[job.pk])).content.decode()
    for told in (everything_stored(), page, caplog.text):
        assert NOBODY not in told
        assert NOBODY.partition("@")[0] not in told
    assert job.kwargs["address"] not in page
    assert not Message.objects.exists()
    assert links(outbox) == []


def test_a_job_that_fails_over_an_address_tells_it_neither(
    stella: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(address: str) -> None:
        raise RuntimeError(f"no such account: {address}")

    monkeypatch.setattr(password_links, "accounts_of", broken)
    ask(NOBODY)
    [job] = run_jobs()
    assert job.state == State.FAILED
    assert "no such account: •••" in job.error
    assert NOBODY not in everything_stored()


# --- The link ------------------------------------------------------------------------------------


def test_a_password_is_reset_from_the_login_page_to_the_new_password(
    stella: User, client: Client, outbox: Path
) -> None:
    assert reverse(ASK) in client.get(reverse("admin:login")).content.decode()
    answer = client.post(reverse(ASK), {"email": STELLA}, follow=True)
    assert "If an account has this address" in answer.content.decode()
    run_jobs()
    [link] = links(outbox)
    page = client.get(link["path"], follow=True)
    new = {"new_password1": "a-new-Password-7", "new_password2": "a-new-Password-7"}
    answer = client.post(page.redirect_chain[-1][0], new, follow=True)
    assert "Sign in" in answer.content.decode()
    sign_in(client, "stella", "a-new-Password-7")
    assert may_work(client)
    assert "used already or is too old" in client.get(link["path"], follow=True).content.decode()


def test_no_token_and_no_text_stand_in_any_row(stella: User, admin_client: Client, outbox: Path) -> None:
    ask()
    found, sent = run_jobs()
    assert (found.name, sent.name) == (answer_forgotten_password.name, send_password_link.name)
    message = Message.objects.get()
    assert (message.security, message.state, message.text, message.html) == (True, MessageState.SENT, "", "")
    assert message.job_id == sent.pk
    [link] = links(outbox)
    assert link["token"] not in everything_stored()
    page = admin_client.get(reverse("admin:backoffice_message_change", args=[message.pk])).content.decode()
    assert "Security mail" in page
    assert "iframe" not in page
    for part in ("html", "raw"):
        hidden = reverse(f"admin:backoffice_message_{part}", args=[message.pk])
        assert admin_client.get(hidden).status_code == 404


def test_the_link_leads_to_site_url_whatever_host_was_asked(
    stella: User, outbox: Path, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    ask(host="evil.example", **{"x-forwarded-host": "evil.example"})
    run_jobs()
    [link] = links(outbox)
    assert link["site"] == "https://office.example.org"


def test_the_mail_is_in_the_language_it_was_asked_in(stella: User, outbox: Path) -> None:
    ask(**{"accept-language": "fr"})
    assert all(job.state == State.SUCCEEDED for job in run_jobs())
    assert "nouveau mot de passe" in Message.objects.get().subject


@pytest.mark.parametrize(
    "change",
    [{"is_staff": False}, {"is_active": False}, {"password": "!"}],
    ids=["not staff", "switched off", "no password"],
)
def test_who_could_not_sign_in_with_it_gets_no_link(
    stella: User, outbox: Path, change: dict[str, Any]
) -> None:
    User.objects.filter(pk=stella.pk).update(**change)
    ask()
    run_jobs()
    assert links(outbox) == []


def test_who_was_switched_off_in_between_gets_none_and_the_job_says_why(stella: User, outbox: Path) -> None:
    ask()
    [first] = Job.objects.all()
    current_app.tasks[first.name].apply((), first.kwargs, task_id=first.pk)
    User.objects.update(is_active=False)
    [sent] = run_jobs()
    assert sent.state == State.FAILED
    assert "Nothing was sent" in sent.error
    assert links(outbox) == []


def test_accounts_that_share_an_address_get_a_link_each(stella: User, outbox: Path) -> None:
    User.objects.create_user("stella.admin", "Stella@Example.org", "old-password-7", is_staff=True)
    ask()
    run_jobs()
    assert len({link["token"] for link in links(outbox)}) == 2
    assert {one.to for one in Message.objects.all()} == {STELLA, "Stella@example.org"}


def test_without_passwords_nobody_is_sent_a_link(stella: User, outbox: Path, settings: Any) -> None:
    settings.PASSWORD_SIGN_IN = False
    assert ask().status_code == 302
    run_jobs()
    assert links(outbox) == []


# --- What goes wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [STELLA, NOBODY])
def test_without_an_encryption_key_nothing_is_written_and_all_are_told_the_same(
    stella: User, settings: Any, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = []
    answer = ask(address)
    assert answer.status_code == 503
    assert "cannot be sent now" in answer.content.decode()
    assert not Job.objects.exists()
    assert "FIELD_ENCRYPTION_KEYS is empty" in caplog.text


def test_an_address_that_is_none_is_refused_before_anything_is_counted(stella: User) -> None:
    for address in ("", "stella", "a@b\nBcc: spy@example.org", "x" * 250 + "@example.org", "a\0@example.org"):
        assert ask(address).status_code == 200
    assert not Job.objects.exists()
    assert not PasswordLinkCount.objects.exists()


# --- How often ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [STELLA, NOBODY])
def test_a_mailbox_is_asked_for_so_often_and_no_more(stella: User, settings: Any, address: str) -> None:
    settings.PASSWORD_LINKS = 2
    spellings = [address, address.upper(), f" {address} "]
    answers = [ask(spelling, at=f"192.0.2.{number}") for number, spelling in enumerate(spellings)]
    assert [one.status_code for one in answers] == [302, 302, 429]
    page = answers[-1].content.decode()
    assert "Several links" in page
    assert address not in page
    assert 3500 < int(answers[-1]["Retry-After"]) <= 3600
    assert Job.objects.count() == 2
    assert ask("someone.else@example.org", at="192.0.2.1").status_code == 302, "others go on"


def test_a_network_is_let_ask_for_a_whole_office_and_no_more(settings: Any, transactional_db: None) -> None:
    settings.PASSWORD_LINKS, settings.PASSWORD_LINKS_PER_NETWORK = 2, 6
    assert [ask(f"{number}@example.org").status_code for number in range(6)] == [302] * 6
    refused = ask("7@example.org")
    assert refused.status_code == 429
    assert "network" in refused.content.decode()
    assert ask("7@example.org", at="192.0.2.99").status_code == 302


def test_the_default_lets_a_company_behind_one_address_ask(transactional_db: None) -> None:
    assert {ask(f"{number}@example.org").status_code for number in range(60)} == {302}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_who_has_one_address_of_ipv6_has_a_network_of_them(
    settings: Any, transactional_db: None, one: str, other: str, same: bool
) -> None:
    settings.PASSWORD_LINKS_PER_NETWORK = 1
    ask("a@example.org", at=one)
    assert ask("b@example.org", at=other).status_code == (429 if same else 302)


def test_after_an_hour_it_is_let_ask_again_and_the_cleanup_forgets(
    settings: Any, transactional_db: None
) -> None:
    settings.PASSWORD_LINKS = 1
    ask()
    assert ask().status_code == 429
    PasswordLinkCount.objects.update(began_at=timezone.now() - link_limits.WINDOW - timedelta(seconds=1))
    assert ask().status_code == 302
    PasswordLinkCount.objects.update(began_at=timezone.now() - link_limits.WINDOW - timedelta(seconds=1))
    [counts] = [one for one in prunables.PRUNABLES if one.key == "link_counts"]
    assert counts.prune(counts.before(timezone.now()), 10, {}) == 2
    assert not PasswordLinkCount.objects.exists()


def test_of_many_at_once_no_more_than_the_limit_get_through(settings: Any, transactional_db: None) -> None:
    settings.PASSWORD_LINKS = 3
    answers = at_once(*[partial(ask, at=f"192.0.2.{number}") for number in range(8)])
    assert sorted(one.status_code for one in answers) == [302] * 3 + [429] * 5
    assert Job.objects.count() == 3


# --- Who may have it done ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Support", "Staff"])
def test_nobody_without_the_right_over_accounts_has_a_link_sent_again(
    stella: User, person: Callable[[str], User], role: str
) -> None:
    ask()
    client = Client()
    client.force_login(person(role))
    for job in run_jobs():
        client.post(reverse("admin:tasks_app_job_rerun", args=[job.pk]), {"confirmed": "1", "answer": "1"})
    assert not Job.objects.exclude(rerun_of=None).exists()
