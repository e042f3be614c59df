"""A code besides the password: set up, shown, lost, replayed, asked for by a group, reset."""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from backoffice.models import AuthenticatorApp, GroupPolicy, RecoveryCode, SignIn
from backoffice.sign_in import factor
from tests.sign_in.apps import an_app, code_of, scanned
from tests.sign_in.conftest import may_work, sign_in

pytestmark = pytest.mark.django_db
VERIFY, SET_UP = "second_factor_verify", "second_factor_set_up"


@pytest.fixture
def phone(sam: User) -> AuthenticatorApp:
    """Sam's second factor, taken into use."""
    return an_app(sam)


@pytest.fixture
def half_in(sam: User, phone: AuthenticatorApp) -> Client:
    """Sam's browser after the right password."""
    client = Client()
    sign_in(client, sam.username)
    return client


def give(client: Client, code: str, page: str = VERIFY) -> Any:
    return client.post(reverse(page), {"code": code})


def begun(client: Client) -> bytes:
    """The key that this browser is shown to set up."""
    return scanned(client.get(reverse(SET_UP)).content.decode())


def ask_of_support() -> None:
    GroupPolicy.objects.create(group=Group.objects.get(name="Support"), second_factor=True)


# --- Signing in --------------------------------------------------------------------------------


def test_the_password_alone_opens_no_page(half_in: Client) -> None:
    assert not may_work(half_in)
    for name in ("admin:tasks_app_job_changelist", "admin:password_change", "admin:search"):
        assert half_in.get(reverse(name)).status_code == 302, name
    assert half_in.get("/admin/", follow=True).redirect_chain[-1][0].startswith(reverse(VERIFY))


def test_the_code_opens_the_page_one_came_for(half_in: Client, phone: AuthenticatorApp) -> None:
    jobs = reverse("admin:tasks_app_job_changelist")
    page = half_in.get(jobs, follow=True)
    answer = half_in.post(page.redirect_chain[-1][0], {"code": code_of(phone), "next": jobs})
    assert answer["Location"] == jobs
    assert half_in.get(jobs).status_code == 200


def test_it_leads_to_no_other_site(half_in: Client, phone: AuthenticatorApp) -> None:
    answer = half_in.post(reverse(VERIFY), {"code": code_of(phone), "next": "https://evil.example/"})
    assert answer["Location"] == reverse("first_page")


def test_the_session_of_the_password_alone_is_not_the_one_that_is_let_in(
    half_in: Client, phone: AuthenticatorApp
) -> None:
    before = half_in.session.session_key
    give(half_in, code_of(phone))
    assert half_in.session.session_key != before


def test_a_wrong_code_opens_nothing_and_is_in_the_list_of_sign_ins(half_in: Client, sam: User) -> None:
    assert "This code is wrong" in unescape(give(half_in, "000000").content.decode())
    assert not may_work(half_in)
    assert list(SignIn.objects.values_list("username", "success")) == [(sam.username, False)]


def test_one_sign_in_is_one_line_in_the_list(half_in: Client, phone: AuthenticatorApp, sam: User) -> None:
    assert not SignIn.objects.exists(), "nobody is in yet"
    give(half_in, code_of(phone))
    assert list(SignIn.objects.values_list("user", "success")) == [(sam.pk, True)]


def test_a_code_works_once(half_in: Client, phone: AuthenticatorApp, sam: User) -> None:
    code = code_of(phone)
    give(half_in, code)
    thief = Client()
    sign_in(thief, sam.username)
    give(thief, code)
    assert may_work(half_in)
    assert not may_work(thief)


def test_after_a_wrong_code_the_next_is_looked_at_only_later(
    half_in: Client, phone: AuthenticatorApp
) -> None:
    AuthenticatorApp.objects.filter(pk=phone.pk).update(throttling_failure_count=8)
    give(half_in, "000000")
    page = unescape(give(half_in, code_of(phone)).content.decode())
    assert "The next one is looked at from" in page
    assert not may_work(half_in)


def test_who_cannot_go_on_signs_in_as_somebody_else(half_in: Client) -> None:
    half_in.post(reverse("second_factor_leave"))
    assert "_auth_user_id" not in half_in.session


# --- Recovery codes ----------------------------------------------------------------------------


def test_a_recovery_code_opens_once(half_in: Client, sam: User) -> None:
    [code, *_others] = factor.new_codes(sam)
    give(half_in, code.lower().replace("-", " "))
    assert may_work(half_in)
    again = Client()
    sign_in(again, sam.username)
    give(again, code)
    assert not may_work(again)
    assert factor.codes_left(sam) == 9


def test_recovery_codes_are_stored_hashed_and_shown_once(sam: User) -> None:
    client = Client()
    sign_in(client, sam.username)
    page = give(client, code_of(begun(client)), SET_UP).content.decode()
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", page)
    assert len(codes) == 10
    stored = "".join(RecoveryCode.objects.values_list("digest", flat=True))
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    later = client.get(reverse("second_factor")).content.decode()
    assert not any(code in later for code in codes)
    assert "10 recovery codes are left" in later


def test_new_codes_ask_for_a_code_and_end_the_old_ones(
    half_in: Client, phone: AuthenticatorApp, sam: User, settings: Any
) -> None:
    settings.OTP_TOTP_THROTTLE_FACTOR = 60  # seconds: a busy machine takes longer than one
    old = factor.new_codes(sam)
    give(half_in, code_of(phone))
    give(half_in, "000000", "second_factor_new_codes")
    assert factor.check(sam, old[0]).device is None, "throttled after a wrong one"
    AuthenticatorApp.objects.update(throttling_failure_count=0)
    give(half_in, code_of(phone, 1), "second_factor_new_codes")
    assert factor.codes_left(sam) == 10
    assert factor.check(sam, old[1]).device is None


# --- Setting it up -----------------------------------------------------------------------------


def test_the_picture_is_drawn_here_and_holds_the_key(sam: User) -> None:
    client = Client()
    sign_in(client, sam.username)
    page = client.get(reverse(SET_UP)).content.decode()
    assert "<svg" in page
    assert "http://" not in page.split("<svg")[1].split("</svg>")[0].replace("http://www.w3.org/2000/svg", "")
    assert factor.device_of(sam) is None


def test_until_the_first_code_is_right_nothing_is_asked_for(sam: User) -> None:
    client = Client()
    sign_in(client, sam.username)
    client.get(reverse(SET_UP))
    give(client, "000000", SET_UP)
    again = Client()
    sign_in(again, sam.username)
    assert may_work(again)


def test_switching_it_off_asks_for_a_code(half_in: Client, phone: AuthenticatorApp, sam: User) -> None:
    give(half_in, code_of(phone))
    half_in.post(reverse("second_factor_off"))
    assert factor.device_of(sam)
    give(half_in, code_of(phone, 1), "second_factor_off")
    assert not factor.device_of(sam)
    assert may_work(half_in)


# --- Asked for by a group ----------------------------------------------------------------------


def test_a_member_of_a_group_that_asks_for_it_sets_one_up_first(sam: User) -> None:
    ask_of_support()
    client = Client()
    sign_in(client, sam.username)
    assert not may_work(client)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith(reverse(SET_UP))
    give(client, code_of(begun(client)), SET_UP)
    assert may_work(client)


def test_a_group_that_begins_to_ask_reaches_who_is_signed_in(sam: User) -> None:
    client = Client()
    sign_in(client, sam.username)
    assert may_work(client)
    ask_of_support()
    assert not may_work(client)


def test_a_member_cannot_switch_it_off(half_in: Client, phone: AuthenticatorApp, sam: User) -> None:
    ask_of_support()
    give(half_in, code_of(phone))
    give(half_in, code_of(phone, 1), "second_factor_off")
    assert factor.device_of(sam)


def test_the_groups_page_asks_and_no_longer_asks(person: Callable[[str], User]) -> None:
    client = Client()
    client.force_login(person("superuser"))
    group = Group.objects.get(name="Support")
    url = reverse("admin:auth_group_change", args=[group.pk])
    client.post(url, {"name": group.name, "rights": ["rerun"], "second_factor": "on"})
    assert GroupPolicy.objects.get(group=group).second_factor
    assert 'name="second_factor"' in client.get(url).content.decode()
    client.post(url, {"name": group.name, "rights": ["rerun"]})
    assert not GroupPolicy.objects.get(group=group).second_factor


# --- Reset by an administrator -----------------------------------------------------------------


def test_an_administrator_resets_it_and_the_log_says_so(
    phone: AuthenticatorApp, sam: User, person: Callable[[str], User]
) -> None:
    factor.new_codes(sam)
    client = Client()
    client.force_login(person("superuser"))
    url = reverse("admin:auth_user_reset_second_factor", args=[sam.pk])
    assert client.get(url).status_code == 200
    assert factor.device_of(sam), "asking changes nothing"
    client.post(url)
    assert factor.device_of(sam) is None
    assert factor.codes_left(sam) == 0
    assert "Reset the second factor" in LogEntry.objects.latest("pk").get_change_message()
    again = Client()
    sign_in(again, sam.username)
    assert may_work(again)


def test_no_page_of_the_admin_shows_the_key(phone: AuthenticatorApp, person: Callable[[str], User]) -> None:
    client = Client()
    client.force_login(person("superuser"))
    page = client.get(reverse("admin:auth_user_change", args=[phone.user_id])).content.decode()
    assert b32encode(phone.bin_key).decode() not in page
    assert phone.sealed_key not in page
    for name in ("backoffice_authenticatorapp", "otp_totp_totpdevice"):
        assert name not in page
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:{name}_changelist")
