"""One page, one name: sidebar, header and tab agree. Every page of every role: tests/pages/test_roles.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import resolve, reverse
from django.utils.text import capfirst
from django.utils.translation import override

from projet.admin_site.sidebar import Entry
from tests.pages.names import ENTRIES, Names, between, disagreements, names_of, words
from tests.pages.things import make_things

# Once: what a page is called does not depend on the database it is read from.
pytestmark = [pytest.mark.django_db, pytest.mark.once]


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
    assert between(page, "<h1[^>]*>", "</h1>") == "Administration › Users › Robin"


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (Names(["Work", "Jobs"], "Jobs", "Schedules", []), "lights"),
        (Names(["Work", "Jobs"], "Jobs", "", []), "lights nothing"),
        (Names(["Work", "Jobs", "Send"], "Jobs", "Jobs 12", []), "the tab says"),
        (Names(["Work", "Jobs", "Sam", "History"], "History", "Jobs", []), "the tab says"),
        (Names(["Gone"], "Gone", "", ["Lost"]), "its title says"),
        (Names(["Work", "Jobs", ""], "", "Jobs", []), "is empty"),
    ],
)
def test_names_that_do_not_agree_are_found(names: Names, complaint: str) -> None:
    assert complaint in "; ".join(disagreements(names, {"Jobs": "Work", "Schedules": "Work"}))


def test_what_a_list_asks_before_it_deletes_is_below_that_list(signed_in: Callable[[str], Client]) -> None:
    client, things = signed_in("superuser"), make_things()
    ticked = {"action": "delete_selected", "_selected_action": [things["backoffice_recipient"].pk]}
    page = client.post(reverse("admin:backoffice_recipient_changelist"), ticked).content.decode()
    names = names_of(page)
    assert names is not None
    assert names.way[:2] == ["Emails", "Recipients"]
    assert names.tab == names.way[2]


def test_what_an_action_of_a_list_asks_is_below_that_list(signed_in: Callable[[str], Client]) -> None:
    client, things = signed_in("superuser"), make_things()
    ticked = {"action": "cancel_selected", "_selected_action": [things["waiting_job"].pk]}
    names = names_of(client.post(reverse("admin:tasks_app_job_changelist"), ticked).content.decode())
    assert names is not None
    assert (names.way, names.tab) == (["Work", "Jobs", "Cancel 1 job?"], "Cancel 1 job?")
    assert names.titles == ["Cancel 1 job?"]


def test_a_page_of_what_is_not_there_leads_to_the_list_it_would_be_in(
    signed_in: Callable[[str], Client],
) -> None:
    address = "/admin/tasks_app/job/no-such-job/change/"
    page = signed_in("Support").get(address).content.decode()
    assert "Go to “Jobs”" in unescape(page)
    assert f'href="{reverse("admin:tasks_app_job_changelist")}"' in page
    refused = signed_in("Managers").get(address).content.decode()  # who has no such list
    assert "Go to “Jobs”" not in unescape(refused)
    assert "Go to the dashboard" in refused


# --- Models ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_where_django_names_a_model_it_says_the_same_word(language: str) -> None:
    """Messages, dialogs and the audit log name things after their models."""
    said = {}
    with override(language):
        for _group, entry in ENTRIES:
            model_admin = getattr(resolve(reverse(entry.url_name)).func, "model_admin", None)
            if isinstance(model_admin, admin.ModelAdmin):
                said[str(entry.title)] = str(capfirst(model_admin.model._meta.verbose_name_plural))
    # Away from their group in the sidebar "Templates" are of emails; "Failures" stand there by cause.
    others = {title: name for title, name in said.items() if title != name}
    assert (
        others
        == {
            "en": {"Templates": "Email templates", "Failures": "Causes of failures"},
            "fr": {"Modèles": "Modèles d’e-mail", "Échecs": "Causes d’échec"},
        }[language]
    )
