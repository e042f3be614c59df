"""Whose session is whose: none is fixed, stolen or led elsewhere; and what a browser may do with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from backoffice.sign_in import password_links
from tests.sign_in.apps import an_app, code_of
from tests.sign_in.conftest import PASSWORD, may_work, sign_in
from tests.start.test_refusals import manage

pytestmark = pytest.mark.django_db
NEW = "another-long-and-unusual"

# Addresses that browsers take for another site, or for a script.
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.example/",
    "\x01https://evil.example/",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "ftp://testserver/",
]


def stays_here(answer: Any) -> bool:
    """Whether a redirect leads to this host, as a browser reads it."""
    location = answer["Location"]
    return urlsplit(location).netloc in ("", "testserver") and location.startswith(
        ("/", "http://testserver/")
    )


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_no_step_of_a_sign_in_leads_to_another_site(sam: User, wanted: str) -> None:
    client = Client()
    form = {"username": sam.username, "password": PASSWORD, "next": wanted}
    assert stays_here(client.post(reverse("admin:login"), form))
    assert stays_here(client.post(reverse("set_language"), {"language": "fr", "next": wanted}))
    app = an_app(sam)
    half_in = Client()
    sign_in(half_in, sam.username)
    assert stays_here(half_in.post(reverse("second_factor_verify"), {"code": code_of(app), "next": wanted}))
    assert may_work(half_in)
    assert stays_here(half_in.get(reverse("admin:login"), {"next": wanted}))


@pytest.mark.parametrize("path", ["//evil.example/", "//evil.example/%2e%2e", "/\\evil.example/admin/"])
def test_an_address_of_ours_that_looks_like_another_site_leads_nowhere(sam: User, path: str) -> None:
    answer = Client().get(path, follow=False)
    assert answer.status_code == 404 or stays_here(answer)


def test_a_session_that_somebody_else_chose_is_not_the_one_that_is_signed_in(sam: User) -> None:
    thief = Client()
    session = thief.session
    session["chosen"] = True
    session.save()
    victim = Client()
    victim.cookies[configured.SESSION_COOKIE_NAME] = str(session.session_key)
    sign_in(victim, sam.username)
    assert may_work(victim)
    assert victim.session.session_key != session.session_key
    assert not may_work(thief)


def by_oneself(user: User, client: Client) -> None:
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post(reverse("admin:password_change"), form).status_code == 302
    assert may_work(client), "who changed it goes on"


def by_a_link(user: User, client: Client) -> None:
    link = urlsplit(password_links.letter_for(user.pk).text.split("http")[1].split()[0]).path
    page = Client().get("/" + link.split("/", 3)[3], follow=True)
    chooser = Client()
    page = chooser.get("/" + link.split("/", 3)[3], follow=True)
    chosen = chooser.post(page.redirect_chain[-1][0], {"new_password1": NEW, "new_password2": NEW})
    assert chosen.status_code == 302
    assert not may_work(chooser), "a link signs nobody in"


def by_an_administrator(user: User, client: Client) -> None:
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss"))
    form = {"usable_password": "true", "password1": NEW, "password2": NEW}
    assert boss.post(reverse("admin:auth_user_password_change", args=[user.pk]), form).status_code == 302


@pytest.mark.parametrize("change", [by_oneself, by_a_link, by_an_administrator])
def test_a_new_password_ends_the_sessions_of_the_old_one(
    sam: User, change: Callable[[User, Client], None]
) -> None:
    own, stolen = Client(), Client()
    for client in (own, stolen):
        sign_in(client, sam.username)
        assert may_work(client)
    change(sam, own)
    sam.refresh_from_db()
    assert sam.check_password(NEW)
    assert not may_work(stolen)


def test_a_new_password_by_a_link_does_not_stand_for_the_second_factor(sam: User) -> None:
    an_app(sam)
    by_a_link(sam, Client())
    client = Client()
    sign_in(client, sam.username, NEW)
    assert not may_work(client)


def test_signing_out_ends_the_session_and_not_only_the_cookie(sam: User) -> None:
    client = Client()
    sign_in(client, sam.username)
    kept = str(client.session.session_key)
    client.post(reverse("admin:logout"))
    thief = Client()
    thief.cookies[configured.SESSION_COOKIE_NAME] = kept
    assert not may_work(thief)


# A sign-in in production, behind a proxy with TLS: each cookie with its flags, and the headers beside it.
IN_PRODUCTION = """
import json
from django.contrib.auth.models import User
from django.test import Client
User.objects.create_superuser("boss", password="x")
client = Client(headers={"host": "back-office.example.org", "x-forwarded-proto": "https"})
form = client.get("/admin/login/")
client.post("/admin/login/", {"username": "boss", "password": "x"})
page = client.get("/admin/")
client.post("/i18n/setlang/", {"language": "fr"})
flags = {
    name: {flag: one[flag] for flag in ("secure", "httponly", "samesite", "domain", "path", "max-age")}
    for name, one in client.cookies.items()
}
plain = Client(headers={"host": "back-office.example.org"}).get("/admin/login/")
hsts = page["Strict-Transport-Security"]
print(json.dumps([page.status_code, flags, hsts, plain.status_code, plain["Location"]]))
"""


@pytest.mark.once
@pytest.mark.processes
def test_in_production_no_cookie_travels_in_the_open_or_is_read_by_a_script(
    tmp_path: Path, migrated: Path, static: Path
) -> None:
    shutil.copy(migrated, tmp_path / "backoffice.sqlite3")
    done = manage(tmp_path, "shell", "-v", "0", "-c", IN_PRODUCTION, STATIC_ROOT=str(static))
    assert done.returncode == 0, done.stderr
    status, cookies, hsts, plain, location = json.loads(done.stdout.splitlines()[-1])
    assert status == 200
    assert cookies.keys() == {"sessionid", "csrftoken", "django_language"}
    for name, flags in cookies.items():
        assert flags["secure"] is True, name
        assert flags["httponly"] is True, name
        assert flags["samesite"] == "Lax", name
        assert flags["domain"] == "", name
        assert flags["path"] == "/", name
    assert cookies["sessionid"]["max-age"] == "", "it ends with the browser"
    assert "max-age=31536000" in hsts
    assert (plain, location) == (301, "https://back-office.example.org/admin/login/")
