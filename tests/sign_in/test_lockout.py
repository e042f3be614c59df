"""Repeated failures lock the sign-in and say until when; time, a person and a command lift it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.models import SignIn
from backoffice.rights import RIGHTS, find_permissions
from tests.sign_in.conftest import HOME, may_work, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ELSEWHERE = "198.51.100.20"


@pytest.fixture(autouse=True)
def few_attempts(settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    settings.SIGN_IN_ATTEMPTS_PER_ADDRESS = 7


def fail(name: str, times: int, address: str = HOME) -> Any:
    """The answer to the last of them."""
    return [sign_in(Client(), name, "wrong", address) for _ in range(times)][-1]


def test_a_name_that_failed_too_often_is_refused_even_with_the_right_password(sam: User) -> None:
    assert fail(sam.username, 2).status_code == 200
    page = fail(sam.username, 1)
    assert page.status_code == 429
    client = Client()
    assert sign_in(client, sam.username).status_code == 429
    assert not may_work(client)


def test_the_page_says_when_one_may_try_again(sam: User) -> None:
    page = fail(sam.username, 3)
    words = page.content.decode()
    assert "You may try again in 15 minutes" in words
    assert 14 * 60 < int(page["Retry-After"]) <= 15 * 60


def without_numbers(page: Any) -> str:
    return re.sub(r"\d+", "", page.content.decode())


def test_a_name_that_nobody_has_is_answered_alike(sam: User) -> None:
    real, invented = fail(sam.username, 3), fail("nobody-at-all", 3)
    assert real.status_code == invented.status_code == 429
    assert without_numbers(real) == without_numbers(invented)  # of minutes, and of the request


def test_from_another_address_its_owner_still_comes_in(sam: User) -> None:
    fail(sam.username, 3)
    client = Client()
    sign_in(client, sam.username, address=ELSEWHERE)
    assert may_work(client)


def test_an_address_that_failed_under_many_names_is_refused_whatever_the_name(sam: User) -> None:
    for number in range(7):
        fail(f"guess-{number}", 1)
    page = sign_in(Client(), sam.username)
    assert page.status_code == 429
    assert "under whatever names" in page.content.decode()
    client = Client()
    sign_in(client, sam.username, address=ELSEWHERE)
    assert may_work(client)


def test_below_the_limits_the_right_password_opens_and_forgets_the_failures(sam: User) -> None:
    fail(sam.username, 2)
    client = Client()
    sign_in(client, sam.username)
    assert may_work(client)
    assert fail(sam.username, 2).status_code == 200


@pytest.fixture
def later() -> Callable[[timedelta], None]:
    """Let time pass: the failures that were stored become as much older."""

    def pass_time(span: timedelta) -> None:
        for attempt in AccessAttempt.objects.all():
            AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=attempt.attempt_time - span)

    return pass_time


def test_the_lock_ends_when_the_page_said(sam: User, later: Callable[[timedelta], None]) -> None:
    wait = timedelta(seconds=int(fail(sam.username, 3)["Retry-After"]))
    later(wait - timedelta(minutes=1))
    assert sign_in(Client(), sam.username).status_code == 429
    later(timedelta(minutes=1, seconds=1))
    client = Client()
    sign_in(client, sam.username)
    assert may_work(client)


def test_trying_on_while_locked_does_not_prolong_the_lock(
    sam: User, later: Callable[[timedelta], None]
) -> None:
    fail(sam.username, 3)
    later(timedelta(minutes=10))
    page = fail(sam.username, 4)
    assert int(page["Retry-After"]) <= 5 * 60


def test_behind_a_proxy_the_visitor_cannot_choose_an_address_to_be_counted_under(
    sam: User, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(3):
        sign_in(Client(), sam.username, "wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, {ELSEWHERE}")
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {ELSEWHERE}
    assert sign_in(Client(), sam.username, HTTP_X_FORWARDED_FOR=ELSEWHERE).status_code == 429


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:0DB8:0001:0002:0:0:0:9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("::ffff:192.0.2.9", "192.0.2.9", True),
        ("::ffff:192.0.2.9", "::ffff:192.0.2.10", False),
    ],
)
def test_who_has_a_network_of_ipv6_is_one_and_who_has_an_address_of_ipv4_is_one(
    first: str, second: str, one: bool, sam: User
) -> None:
    fail(sam.username, 2, first)
    fail(sam.username, 1, second)
    client = Client()
    sign_in(client, sam.username, address=second)
    assert may_work(client) is not one


def test_each_address_of_a_network_is_counted_with_the_others_whatever_the_name(sam: User) -> None:
    for number in range(7):
        fail(f"guess-{number}", 1, f"2001:db8::{number:x}")
    assert sign_in(Client(), sam.username, address="2001:db8::abcd").status_code == 429
    assert SignIn.objects.filter(address="2001:db8::3").exists(), "the list of sign-ins has who it was"


def test_no_password_is_stored_with_the_failures(sam: User) -> None:
    sign_in(Client(), sam.username, "nearly-my-password")
    stored = AccessAttempt.objects.values_list("get_data", "post_data", "path_info").get()
    assert "nearly-my-password" not in "".join(stored)


def test_each_refusal_is_in_the_list_of_sign_ins(sam: User) -> None:
    fail(sam.username, 4)
    assert SignIn.objects.filter(username=sam.username, success=False).count() == 4


def test_a_command_lifts_the_lock(sam: User) -> None:
    fail(sam.username, 3)
    call_command("axes_reset", verbosity=0)
    client = Client()
    sign_in(client, sam.username)
    assert may_work(client)


# --- The administrators' page ------------------------------------------------------------------


@pytest.fixture
def keeper(person: Callable[[str], User]) -> Client:
    """Somebody whose only right is to lift locks."""
    group = Group.objects.create(name="Front desk")
    right = next(right for right in RIGHTS if right.key == "lift-locks")
    group.permissions.set(find_permissions(right.permissions))
    user = person("")
    user.groups.add(group)
    client = Client()
    client.force_login(user)
    return client


def lift_url() -> str:
    return reverse("admin:backoffice_signinlock_lift", args=[AccessAttempt.objects.latest("pk").pk])


def test_who_has_the_right_sees_who_is_locked_out_and_lifts_it(keeper: Client, sam: User) -> None:
    fail(sam.username, 3)
    page = keeper.get(reverse("admin:backoffice_signinlock_changelist")).content.decode()
    assert sam.username in page
    assert "Locked until" in page
    asked = keeper.get(lift_url()).content.decode()
    assert HOME in asked
    assert AccessAttempt.objects.exists(), "asking changes nothing"
    assert keeper.post(lift_url()).status_code == 302
    client = Client()
    sign_in(client, sam.username)
    assert may_work(client)
    entry = LogEntry.objects.latest("pk")
    assert sam.username in entry.get_change_message()


@pytest.mark.parametrize("sought", ["2001:db8:1:2::1", "2001:DB8:1:2::77", "2001:db8:1:2::/64", "sam"])
def test_a_lock_is_found_by_any_address_of_its_network(sought: str, keeper: Client) -> None:
    fail("sam", 3, "2001:db8:1:2::1")
    fail("kim", 3, "192.0.2.4")
    page = keeper.get(reverse("admin:backoffice_signinlock_changelist"), {"q": sought}).content.decode()
    assert "2001:db8:1:2::/64" in page
    assert "192.0.2.4" not in page


def test_who_lacks_the_right_lifts_nothing(sam: User, person: Callable[[str], User]) -> None:
    fail(sam.username, 3)
    client = Client()
    client.force_login(person("Staff"))
    assert client.post(lift_url()).status_code == 403
    assert AccessAttempt.objects.exists()


def test_failures_that_no_longer_count_are_not_listed(keeper: Client) -> None:
    AccessAttempt.objects.create(username="long-ago", ip_address=HOME, failures_since_start=9)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(days=1))
    assert "long-ago" not in keeper.get(reverse("admin:backoffice_signinlock_changelist")).content.decode()
