"""One page, one name: sidebar, header and tab agree for every entry of the sidebar, in both languages."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import resolve, reverse
from django.utils.text import capfirst
from django.utils.translation import override

from projet.admin_site.sidebar import GROUPS, Entry

# Once: what a page is called does not depend on the database it is read from.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

ENTRIES = [(group, entry) for group, entries in GROUPS for entry in entries]


def words(html: str) -> str:
    """What is read of some HTML, icons left out."""
    without_icons = re.sub(r"<span class=\"material-symbols[^>]*>[^<]*</span>", "›", html)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", without_icons).split()))


def between(page: str, start: str, end: str) -> str:
    found = re.search(rf"{start}(.*?){end}", page, re.DOTALL)
    assert found, f"the page has no {start}"
    return words(found[1])


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
@pytest.mark.parametrize(("group", "entry"), ENTRIES, ids=[entry.url_name for _group, entry in ENTRIES])
def test_sidebar_header_and_tab_agree(group: str, entry: Entry, language: str) -> None:
    client = Client(headers={"accept-language": language})
    client.force_login(User.objects.create_superuser("root", "root@example.org", "x"))
    page = client.get(reverse(entry.url_name)).content.decode()
    with override(language):
        called, way = str(entry.title), [str(name) for name in (group, entry.title) if name]
    links = re.findall(rf'<a[^>]*href="{reverse(entry.url_name)}".*?</a>', page, re.DOTALL)
    assert called in " ".join(words(link) for link in links)
    assert between(page, "<h1[^>]*>", "</h1>") == " › ".join(way)
    assert between(page, "<title>", "</title>") == f"{called} | {settings.COMPANY_NAME}"


def test_a_page_below_an_entry_is_found_by_the_same_way() -> None:
    client = Client()
    person = User.objects.create_superuser("root", "root@example.org", "x", first_name="Robin")
    client.force_login(person)
    page = client.get(reverse("admin:auth_user_change", args=[person.pk])).content.decode()
    assert between(page, "<h1[^>]*>", "</h1>") == "Administration › Users › Root"


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_where_django_names_a_model_it_says_the_same_word(language: str) -> None:
    """Messages, dialogs and the audit log name things after their models."""
    said = {}
    with override(language):
        for _group, entry in ENTRIES:
            model_admin = getattr(resolve(reverse(entry.url_name)).func, "model_admin", None)
            if isinstance(model_admin, admin.ModelAdmin):
                said[str(entry.title)] = str(capfirst(model_admin.model._meta.verbose_name_plural))
    # "Templates" stand below "Emails" in the sidebar; away from it they are of emails.
    others = {title: name for title, name in said.items() if title != name}
    assert others == {"en": {"Templates": "Email templates"}, "fr": {"Modèles": "Modèles d’e-mail"}}[language]
