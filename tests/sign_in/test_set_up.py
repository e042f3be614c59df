"""Setting up a second factor: a key for one session, for ten minutes, and codes that nobody guesses."""

from __future__ import annotations

import time
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from backoffice.models import AuthenticatorApp, RecoveryCode
from backoffice.sign_in import factor
from tests.sign_in.apps import an_app, code_of, scanned
from tests.sign_in.conftest import may_work, sign_in
from tests.sign_in.many import at_once

pytestmark = pytest.mark.django_db
SET_UP, VERIFY = "second_factor_set_up", "second_factor_verify"


def signed_in(user: User) -> Client:
    client = Client()
    sign_in(client, user.username)
    return client


def shown(client: Client) -> bytes:
    return scanned(client.get(reverse(SET_UP)).content.decode())


def give(client: Client, code: str, page: str = SET_UP) -> Any:
    return client.post(reverse(page), {"code": code})


# --- The waiting key -----------------------------------------------------------------------------


def test_each_session_of_an_account_is_shown_another_key(sam: User) -> None:
    owner, thief = signed_in(sam), signed_in(sam)
    keys = {shown(owner), shown(thief)}
    assert len(keys) == 2
    assert shown(owner) in keys, "a page that is loaded again goes on"
    give(owner, code_of(shown(owner)))
    assert AuthenticatorApp.objects.get().bin_key == shown_before(keys, thief)
    assert not may_work(thief)


def shown_before(keys: set[bytes], thief: Client) -> bytes:
    """The key that the thief was not shown; the page of a set-up is closed to them by now."""
    assert thief.get(reverse(SET_UP)).status_code == 302
    [theirs] = [key for key in keys if code_of(key) != code_of(AuthenticatorApp.objects.get())]
    [owners] = keys - {theirs}
    return owners


def test_a_code_of_another_sessions_key_is_taken_by_none(sam: User) -> None:
    owner, thief = signed_in(sam), signed_in(sam)
    key = shown(owner)
    shown(thief)
    give(thief, code_of(key))
    assert factor.device_of(sam) is None


def test_the_waiting_key_lies_sealed_in_its_session_and_opens_in_no_other(sam: User) -> None:
    owner, thief = signed_in(sam), signed_in(sam)
    key = shown(owner)
    stored = str([row.get_decoded() for row in Session.objects.all()])
    assert key.hex() not in stored
    assert factor.written_key(key) not in stored
    session = thief.session
    session[factor.WAITING] = owner.session[factor.WAITING]
    session.save()
    assert shown(thief) != key


def test_after_ten_minutes_it_is_gone_and_the_page_says_so(
    sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(sam)
    key = shown(client)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 9 * 60)
    assert shown(client) == key
    monkeypatch.setattr("time.time", lambda: now + 10 * 60 + 1)
    page = give(client, code_of(key)).content.decode()
    assert "longer than ten minutes" in page
    assert scanned(page) != key
    assert factor.device_of(sam) is None
    give(client, code_of(scanned(page)))
    assert factor.device_of(sam)


def test_a_set_up_that_is_done_leaves_no_key_in_its_session(sam: User) -> None:
    client = signed_in(sam)
    give(client, code_of(shown(client)))
    assert factor.WAITING not in client.session
    assert may_work(client)


def test_the_first_code_works_once_too(sam: User) -> None:
    client = signed_in(sam)
    code = code_of(shown(client))
    give(client, code)
    thief = signed_in(sam)
    give(thief, code, VERIFY)
    assert not may_work(thief)


# --- Guessing ------------------------------------------------------------------------------------


def test_wrong_codes_of_all_sessions_and_kinds_make_the_next_wait(sam: User, settings: Any) -> None:
    """Who guesses from many browsers, codes of the app and recovery codes in turn, has one throttle."""
    settings.OTP_TOTP_THROTTLE_FACTOR = 60  # seconds: a busy machine takes longer than one
    app = an_app(sam)
    spare = factor.new_codes(sam)[0]
    give(signed_in(sam), "000000" if code_of(app) != "000000" else "111111", VERIFY)
    for attempt in (code_of(app), spare):
        other = signed_in(sam)
        assert "The next one is looked at from" in unescape(give(other, attempt, VERIFY).content.decode())
        assert not may_work(other)
    AuthenticatorApp.objects.update(throttling_failure_timestamp=None)
    give(signed_in(sam), "ABCD-EFGH-IJKL-MNOP", VERIFY)
    assert AuthenticatorApp.objects.get().throttling_failure_count == 2
    other = signed_in(sam)
    give(other, code_of(app), VERIFY)
    assert not may_work(other)


def test_a_code_from_before_the_last_one_is_used_up_with_it(sam: User) -> None:
    app = an_app(sam)
    give(signed_in(sam), code_of(app), VERIFY)
    late = signed_in(sam)
    give(late, code_of(app, -1), VERIFY)
    assert not may_work(late)


@pytest.mark.parametrize("code", ["", "12345", "１２３４５６７", "-00001", "12e456", "0x1234", " ", "²³⁴⁵⁶⁷"])
def test_what_is_no_code_opens_nothing(sam: User, code: str) -> None:
    an_app(sam)
    client = signed_in(sam)
    assert give(client, code, VERIFY).status_code == 200
    assert not may_work(client)


# --- Two at once -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["a recovery code", "a code of the app"])
def test_one_code_in_two_requests_at_once_lets_one_in(sam: User, kind: str) -> None:
    app = an_app(sam)
    code = factor.new_codes(sam)[0] if kind == "a recovery code" else code_of(app)
    clients = [signed_in(sam) for _ in range(4)]
    at_once(*(lambda client=client: give(client, code, VERIFY) for client in clients))
    assert sum(may_work(client) for client in clients) == 1
    assert RecoveryCode.objects.exclude(used_at=None).count() == (kind == "a recovery code")


@pytest.mark.django_db(transaction=True)
def test_two_set_ups_that_end_at_once_leave_one_device_and_one_set_of_codes(sam: User) -> None:
    clients = [signed_in(sam) for _ in range(3)]
    keys = [shown(client) for client in clients]
    at_once(
        *(
            lambda client=client, key=key: give(client, code_of(key))
            for client, key in zip(clients, keys, strict=True)
        )
    )
    assert AuthenticatorApp.objects.get().bin_key in keys
    assert RecoveryCode.objects.count() == factor.RECOVERY_CODES
    assert sum(may_work(client) for client in clients) == 1
