"""The look: what Unfold is told exists, colours can be read, nothing falls back to Django's plain pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import cos, radians, sin
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.module_loading import import_string
from unfold.admin import ModelAdmin

from projet.admin_site import theme

OWN_PACKAGES = ("projet.", "backoffice.", "tasks_app.")


def dotted_paths(value: Any) -> Iterator[str]:
    """Every string of Unfold's settings that names something of ours."""
    if isinstance(value, dict):
        for one in value.values():
            yield from dotted_paths(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from dotted_paths(one)
    elif isinstance(value, str) and value.startswith(OWN_PACKAGES):
        yield value


@pytest.mark.parametrize("path", sorted(set(dotted_paths(settings.UNFOLD))))
def test_a_callback_of_the_theme_can_be_imported(path: str) -> None:
    assert callable(import_string(path))


def test_the_theme_names_its_callbacks() -> None:
    assert len(set(dotted_paths(settings.UNFOLD))) >= 6


@pytest.mark.parametrize(
    "callback", [theme.icon, theme.stylesheet, theme.lists_stylesheet, theme.script, theme.access_script]
)
def test_a_file_of_the_theme_exists(callback: Callable[..., str], rf: RequestFactory) -> None:
    name = callback(rf.get("/")).removeprefix(f"/{settings.STATIC_URL.strip('/')}/")
    assert finders.find(name)


@pytest.mark.parametrize("site_model", admin.site._registry)
def test_every_list_of_the_admin_is_unfolds(site_model: Any) -> None:
    assert isinstance(admin.site._registry[site_model], ModelAdmin), f"{site_model} has Django's plain pages"


# --- Colours -----------------------------------------------------------------------------------


def luminance(oklch: str) -> float:
    """Relative luminance (WCAG 2) of `oklch(L% C H)`; matrices from Björn Ottosson's Oklab."""
    light, chroma, hue = (
        float(part.rstrip("%")) for part in oklch.removeprefix("oklch(").rstrip(")").split()
    )
    light /= 100
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    clipped = [min(max(part, 0), 1) for part in (red, green, blue)]
    return 0.2126 * clipped[0] + 0.7152 * clipped[1] + 0.0722 * clipped[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


WHITE = "oklch(100% 0 0)"


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (WHITE, theme.PRIMARY["600"]),  # buttons
        (theme.PRIMARY["600"], WHITE),  # links
        (theme.PRIMARY["600"], theme.BASE["100"]),  # the chosen line of the sidebar
        (theme.PRIMARY["700"], theme.PRIMARY["100"]),  # labels
        (theme.PRIMARY["500"], theme.BASE["900"]),  # links in the dark
        (theme.PRIMARY["400"], theme.BASE["900"]),
        (theme.BASE["500"], WHITE),  # subtle text
        (theme.BASE["500"], theme.BASE["50"]),
        (theme.BASE["600"], WHITE),  # text
        (theme.BASE["400"], theme.BASE["900"]),  # subtle text in the dark
    ],
)
def test_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5  # WCAG 2.2, level AA


# --- Pages about the account and about trouble ----------------------------------------------------


@pytest.mark.parametrize(
    "name", ["admin:login", "admin:password_change", "admin:password_change_done", "admin:logout"]
)
def test_a_page_about_the_account_has_the_products_look(
    name: str, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("anonymous" if name == "admin:login" else "Staff")
    page = client.post(reverse(name)) if name == "admin:logout" else client.get(reverse(name))
    assert "backoffice/backoffice.css" in page.content.decode()


def test_the_login_page_chooses_the_language(client: Client, db: None) -> None:
    client.post(reverse("set_language"), {"language": "fr", "next": reverse("admin:login")})
    assert '<html lang="fr"' in client.get(reverse("admin:login")).content.decode()


def test_demo_accounts_are_offered_on_a_local_installation_only(
    client: Client, person: Callable[[str], User], settings: Any
) -> None:
    from backoffice.demo import make_demo

    make_demo()
    assert "data-sign-in" not in client.get(reverse("admin:login")).content.decode()
    settings.ENVIRONMENT = "local"
    assert 'data-sign-in="staff@example.org"' in client.get(reverse("admin:login")).content.decode()


def test_a_demo_account_with_a_changed_password_is_not_offered(
    client: Client, person: Callable[[str], User], settings: Any
) -> None:
    from backoffice.demo import make_demo

    make_demo()
    staff = User.objects.get(username="staff@example.org")
    staff.set_password("something of one's own")
    staff.save()
    settings.ENVIRONMENT = "local"
    page = client.get(reverse("admin:login")).content.decode()
    assert 'data-sign-in="staff@example.org"' not in page
    assert 'data-sign-in="support@example.org"' in page


def test_the_tab_of_a_list_says_what_it_lists(signed_in: Callable[[str], Client]) -> None:
    page = signed_in("Support").get(reverse("admin:tasks_app_job_changelist")).content.decode()
    assert page.partition("</title>")[0].rpartition("<title>")[2].split() == ["Jobs", "|", "Back", "office"]


def test_an_address_without_a_page_says_what_to_do(signed_in: Callable[[str], Client]) -> None:
    page = signed_in("Staff").get("/admin/no-such-page/")
    assert page.status_code == 404
    assert "There is nothing at this address" in page.content.decode()
    assert 'id="nav-sidebar"' in page.content.decode()


def test_a_stranger_who_mistypes_sees_no_sidebar(signed_in: Callable[[str], Client]) -> None:
    page = signed_in("anonymous").get("/no-such-page/")
    assert page.status_code == 404
    assert "There is nothing at this address" in page.content.decode()
    assert 'id="nav-sidebar"' not in page.content.decode()
    assert "backoffice/backoffice.css" in page.content.decode()
    assert page.content.decode().count("<h1") == 1


def test_a_request_that_cannot_be_read_says_so_too(client: Client, db: None) -> None:
    page = client.get("/admin/", {"\0": "x"}, HTTP_HOST="not a host")
    assert page.status_code == 400
    assert "This request cannot be understood" in page.content.decode()


def test_a_refusal_names_the_way_out(signed_in: Callable[[str], Client]) -> None:
    page = signed_in("Managers").get(reverse("admin:queues"))
    assert page.status_code == 403
    assert "ask an administrator" in page.content.decode()


def test_a_form_without_its_token_says_that_nothing_was_sent(person: Callable[[str], User]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("Staff"))
    page = client.post(reverse("admin:password_change"), {})
    assert page.status_code == 403
    assert "This form has expired" in page.content.decode()


def test_a_broken_page_tells_people_that_their_work_goes_on(
    signed_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.admin.dashboard.live_parts", lambda user: 1 / 0)
    page = signed_in("Staff").get(reverse("admin:index"))
    assert page.status_code == 500
    assert "Work that was launched before goes on" in page.content.decode()
