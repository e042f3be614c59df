"""Single sign-on against a provider that speaks OpenID Connect: who comes in, and who does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from joserfc.jwk import RSAKey

from backoffice.models import GroupPolicy, Identity, SignIn
from backoffice.seeds import seed_groups
from tests.sign_in.conftest import may_work, sign_in
from tests.sign_in.provider import CLIENT_ID, LEFT_OUT, SECRET, Provider

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def one_provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(one_provider: Provider, settings: Any) -> Provider:
    """Configured, and about to vouch for Robin."""
    from backoffice.sign_in import sso

    sso._client.cache_clear()
    settings.OIDC_ISSUER = one_provider.url
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, SECRET
    settings.OIDC_NAME = "Example Login"
    settings.OIDC_ALLOWED_DOMAINS = ["example.org"]
    settings.OIDC_GROUP_MAP = {"it-team": "Support", "bosses": "Managers"}
    one_provider.claims = {
        "sub": "1234",
        "email": "robin@example.org",
        "email_verified": True,
        "given_name": "Robin",
        "family_name": "Sample",
        "groups": ["it-team", "choir"],
    }
    one_provider.lies, one_provider.in_userinfo = {}, {}
    one_provider.signs_with, one_provider.broken = one_provider.key, False
    one_provider.header = {"alg": "RS256", "kid": "one"}
    one_provider.named, one_provider.algorithms = "", ["RS256"]
    seed_groups()
    return one_provider


def come_in(client: Client, **start: str) -> Any:
    """Press the button, be sent to the provider, and come back: the answer of the last page."""
    return client.get(sent_back(client, **start))


def sent_back(client: Client, **start: str) -> str:
    """Press the button and be sent to the provider: where it sends this browser back to."""
    there = client.get(reverse("sso_start"), start)
    assert there.status_code == 302, there.content.decode()
    home = requests.get(there["Location"], allow_redirects=False, timeout=10).headers["Location"]
    return f"{urlsplit(home).path}?{urlsplit(home).query}"


# --- Who comes in ------------------------------------------------------------------------------


def test_somebody_new_comes_in_with_the_groups_of_the_map_and_no_others(provider: Provider) -> None:
    client = Client()
    assert come_in(client)["Location"] == reverse("first_page")
    robin = User.objects.get(username="robin@example.org")
    assert set(robin.groups.values_list("name", flat=True)) == {"Support"}
    assert (robin.first_name, robin.is_superuser, robin.has_usable_password()) == ("Robin", False, False)
    assert may_work(client)
    assert SignIn.objects.get().success


def test_somebody_new_whom_no_group_maps_has_no_right(provider: Provider) -> None:
    provider.claims["groups"] = ["choir"]
    client = Client()
    come_in(client)
    assert may_work(client)
    assert client.get(reverse("admin:tasks_app_job_changelist")).status_code == 403


def test_the_code_is_exchanged_with_its_verifier(provider: Provider) -> None:
    come_in(Client())
    assert provider.asked["code_challenge_method"] == "S256"
    assert len(provider.exchanged["code_verifier"]) >= 43


def test_groups_of_the_map_follow_the_provider_and_the_log_says_so(provider: Provider) -> None:
    come_in(Client())
    robin = User.objects.get(username="robin@example.org")
    robin.groups.add(Group.objects.get(name="Staff"))  # by an administrator
    provider.claims["groups"] = ["bosses"]
    come_in(Client())
    assert set(robin.groups.values_list("name", flat=True)) == {"Staff", "Managers"}
    assert "+Managers" in LogEntry.objects.latest("pk").get_change_message()


def test_who_has_an_account_keeps_it_even_when_their_address_changes(provider: Provider) -> None:
    robin = User.objects.create_user("robin", email="Robin@example.org", is_staff=True)
    come_in(Client())
    provider.claims["email"] = "robin.married@example.org"
    come_in(Client())
    assert Identity.objects.get().user == robin
    assert User.objects.count() == 1


@pytest.mark.parametrize("host", ["testserver", "evil.example", "evil.example:8443", "localhost"])
@pytest.mark.parametrize("site", ["https://office.example.org", "https://office.example.org/"])
def test_the_way_back_leads_to_this_site_whatever_the_host_header_says(
    host: str, site: str, provider: Provider, settings: Any
) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], site
    sent_back(Client(headers={"host": host}))
    assert provider.asked["redirect_uri"] == "https://office.example.org" + reverse("sso_back")


def test_the_page_one_came_for_is_reached_and_no_other_site(provider: Provider) -> None:
    jobs = reverse("admin:tasks_app_job_changelist")
    assert come_in(Client(), next=jobs)["Location"] == jobs
    assert come_in(Client(), next="https://evil.example/")["Location"] == reverse("first_page")


def test_the_providers_own_factors_stand_for_the_second(provider: Provider) -> None:
    GroupPolicy.objects.create(group=Group.objects.get(name="Support"), second_factor=True)
    client = Client()
    come_in(client)
    assert may_work(client)


def test_an_address_told_only_by_the_userinfo_page_is_believed(provider: Provider) -> None:
    address = {name: provider.claims.pop(name) for name in ("email", "email_verified")}
    provider.in_userinfo = {"sub": "1234"} | address
    assert come_in(Client()).status_code == 302
    provider.in_userinfo = {"sub": "somebody-else"} | address
    assert come_in(Client()).status_code == 403


# --- Who does not ------------------------------------------------------------------------------


def refused(provider: Provider) -> str:
    """What the page says to somebody who is not let in."""
    client = Client()
    page = come_in(client)
    assert page.status_code == 403
    assert not may_work(client)
    assert not SignIn.objects.filter(success=True).exists()
    return page.content.decode()


def test_who_is_switched_off_stays_out(provider: Provider) -> None:
    User.objects.create_user("robin", email="robin@example.org", is_staff=True, is_active=False)
    assert "switched off" in refused(provider)


def test_an_unknown_domain_is_refused(provider: Provider) -> None:
    provider.claims["email"] = "robin@elsewhere.example"
    assert "elsewhere.example are not let in" in refused(provider)
    assert not User.objects.exists()


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_is_not_verified_is_refused(provider: Provider, verified: object) -> None:
    provider.claims["email_verified"] = verified
    assert "does not confirm" in refused(provider)


def test_a_superuser_is_not_handed_out_on_the_providers_word(provider: Provider) -> None:
    User.objects.create_superuser("boss", email="robin@example.org")
    assert "Superusers" in refused(provider)


@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "another"},
        {"nonce": ""},
        {"nonce": LEFT_OUT},
        {"aud": "another-client"},
        {"aud": ["another-client", "a-third"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"aud": LEFT_OUT},
        {"iss": "https://evil.example"},
        {"iss": LEFT_OUT},
        {"sub": LEFT_OUT},
        {"exp": int(time.time()) - 3600},
        {"exp": LEFT_OUT},
    ],
    ids=lambda lies: " ".join(f"{name} {'left out' if lies[name] is LEFT_OUT else 'other'}" for name in lies),
)
def test_a_token_that_was_made_for_something_else_is_refused(
    provider: Provider, lies: dict[str, Any]
) -> None:
    provider.lies = lies
    assert "could not be trusted" in refused(provider)


def test_a_token_that_somebody_else_signed_is_refused(provider: Provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert "could not be trusted" in refused(provider)


@pytest.mark.parametrize("announced", [["RS256"], ["RS256", "none", "HS256"]], ids=["RS256", "more"])
def test_a_token_without_a_signature_is_refused_whatever_the_provider_announces(
    provider: Provider, announced: list[str]
) -> None:
    provider.header, provider.signs_with, provider.algorithms = {"alg": "none"}, b"", announced
    assert "could not be trusted" in refused(provider)


@pytest.mark.parametrize("announced", [["RS256"], ["RS256", "HS256"]], ids=["RS256", "more"])
@pytest.mark.parametrize("secret", ["the public key", "the client's secret"])
def test_a_token_signed_with_what_others_know_too_is_refused(
    provider: Provider, announced: list[str], secret: str
) -> None:
    """A public key, or a secret that every client shares, taken for the key of an HMAC."""
    known = provider.key.as_pem(private=False) if secret == "the public key" else SECRET.encode()
    provider.signs_with, provider.algorithms = known, announced
    provider.header = {"alg": "HS256", "kid": "one"}
    assert "could not be trusted" in refused(provider)


def test_a_provider_that_calls_itself_another_is_not_believed(provider: Provider) -> None:
    provider.named = "https://evil.example"
    provider.lies = {"iss": "https://evil.example"}
    assert "could not be trusted" in refused(provider)


def test_an_answer_that_says_it_comes_from_another_provider_is_refused(provider: Provider) -> None:
    client = Client()
    way_back = sent_back(client)
    assert client.get(f"{way_back}&iss=https%3A%2F%2Fevil.example").status_code == 403
    way_back = sent_back(client)
    assert client.get(f"{way_back}&iss={quote(provider.url, safe='')}").status_code == 302


def test_the_way_back_of_another_browser_is_refused(provider: Provider) -> None:
    """Who hands their own code and state to somebody would sign them in as themselves."""
    thief, victim = Client(), Client()
    way_back = sent_back(thief)
    victim.get(reverse("sso_start"))
    assert victim.get(way_back).status_code == 403
    assert not may_work(victim)
    assert not User.objects.exists()


@pytest.mark.parametrize("state", ["", "made-up", "\x00", "x" * 5000])
def test_a_forged_state_is_refused_where_a_sign_in_was_begun(provider: Provider, state: str) -> None:
    client = Client()
    sent_back(client)
    assert client.get(reverse("sso_back"), {"code": "c0de", "state": state}).status_code == 403
    assert client.get(reverse("sso_back"), {"code": "c0de"}).status_code == 403
    assert not may_work(client)


def test_the_session_from_before_is_not_the_one_that_is_let_in(provider: Provider) -> None:
    client = Client()
    way_back = sent_back(client)
    before = str(client.session.session_key)
    client.get(way_back)
    assert client.session.session_key != before
    fixed = Client()
    fixed.cookies["sessionid"] = before
    assert not may_work(fixed)


def test_a_way_back_that_was_not_begun_here_is_refused(provider: Provider) -> None:
    page = Client().get(reverse("sso_back"), {"code": "c0de", "state": "made-up"})
    assert page.status_code == 403


def test_a_way_back_is_gone_once(provider: Provider) -> None:
    client = Client()
    way_back = sent_back(client)
    assert client.get(way_back).status_code == 302
    assert client.get(way_back).status_code == 403


def test_who_says_no_at_the_provider_is_told(provider: Provider) -> None:
    assert Client().get(reverse("sso_back"), {"error": "access_denied", "state": "x"}).status_code == 403


# --- What goes wrong, and the pages around it --------------------------------------------------


def test_a_provider_that_is_down_is_a_clear_page(provider: Provider, settings: Any) -> None:
    provider.broken = True
    page = Client().get(reverse("sso_start"))
    assert page.status_code == 503
    assert "does not answer" in page.content.decode()
    settings.OIDC_ISSUER = "http://127.0.0.1:1"  # nobody listens
    assert Client().get(reverse("sso_start")).status_code == 503


def test_the_login_page_offers_it_where_it_is_configured(provider: Provider, settings: Any) -> None:
    assert "Sign in with Example Login" in Client().get(reverse("admin:login")).content.decode()
    asked = Client().get(reverse("admin:login"), {"next": "/admin/queues/"}).content.decode()
    assert f"{reverse('sso_start')}?next=%2Fadmin%2Fqueues%2F" in asked
    settings.OIDC_ISSUER = ""
    assert "Sign in with" not in Client().get(reverse("admin:login")).content.decode()
    assert Client().get(reverse("sso_start")).status_code == 404


def test_signing_out_leads_out_of_the_provider_too(provider: Provider) -> None:
    client = Client()
    come_in(client)
    page = client.post(reverse("admin:logout")).content.decode()
    assert f"{provider.url}/end?client_id={CLIENT_ID}" in page
    assert not may_work(client)


def test_passwords_can_be_switched_off(provider: Provider, settings: Any, sam: User) -> None:
    settings.PASSWORD_SIGN_IN = False
    client = Client()
    sign_in(client, sam.username)
    assert not may_work(client)
    come_in(client)
    assert may_work(client)


def test_without_passwords_a_superuser_comes_in_by_the_provider(provider: Provider, settings: Any) -> None:
    settings.PASSWORD_SIGN_IN = False
    User.objects.create_superuser("boss", email="robin@example.org")
    client = Client()
    come_in(client)
    assert may_work(client)
