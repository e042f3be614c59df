"""One page, one name: sidebar, header and tab agree on every page of every role, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import resolve, reverse
from django.utils.text import capfirst
from django.utils.translation import override

from projet.admin_site.sidebar import GROUPS, Entry, is_for
from tests.pages.role_matrix import ROLES
from tests.pages.test_roles import QUERIES, Place, address, places
from tests.pages.things import make_things

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
    assert between(page, "<h1[^>]*>", "</h1>") == "Administration › Users › Robin"


# --- Every page of every role ---------------------------------------------------------------------

FRONT_DOOR = "admin:login"  # its header welcomes


@dataclass(frozen=True)
class Names:
    """What one page calls itself."""

    way: list[str]  # the header's
    tab: str
    lit: str  # the entry that the sidebar lights; "" for none
    titles: list[str]  # of a dialog, or of what went wrong


def names_of(page: str) -> Names | None:
    """None for what is no whole page."""
    if "<title>" not in page or "<h1" not in page:
        return None
    header = between(page, "<h1[^>]*>", "</h1>")
    if 'id="nav-sidebar' not in page:  # outside the frame the company's name stands above the page's
        header = header.removeprefix(f"{settings.COMPANY_NAME} ")
    lit = re.search(r'<a [^>]*class="[^"]*\bactive"[^>]*>(.*?)</a>', page, re.DOTALL)
    within = re.findall(
        r'<h2 id="dialog-title"[^>]*>(.*?)</h2>|bo-problem-code.*?<h2>(.*?)</h2>', page, re.DOTALL
    )
    return Names(
        way=[part.strip() for part in header.split("›")],
        tab=between(page, "<title>", "</title>").removesuffix(f" | {settings.COMPANY_NAME}"),
        lit=words(lit[1]).removeprefix("›").strip() if lit else "",
        titles=[words(one or other) for one, other in within],
    )


def disagreements(names: Names, entries: dict[str, str]) -> Iterator[str]:
    """Sentences; `entries` are the titles of this person's sidebar, each with its group."""
    below = names.way
    if names.lit:
        there = [part for part in (entries[re.sub(r" \d+\+?$", "", names.lit)], names.lit) if part]
        there[-1] = re.sub(r" \d+\+?$", "", there[-1])  # its badge
        if names.way[: len(there)] != there:
            yield f"the sidebar lights {there}, the header says {names.way}"
        below = names.way[len(there) :]
    elif names.way[0] in entries.values() or names.way[0] in entries:
        yield f"the header says {names.way}, and the sidebar lights nothing"
    expected = " · ".join(below[::-1]) if below else names.way[-1]
    if names.tab != expected:
        yield f"the tab says {names.tab!r}, the header {names.way}"
    for title in names.titles:
        if title != names.way[-1]:
            yield f"its title says {title!r}, the header {names.way}"
    if not all(names.way):
        yield f"a part of {names.way} is empty"


def named(client: Client, place: Place, things: dict[str, Any], language: str) -> Names | None:
    answer = client.get(
        address(place, things), QUERIES.get(place.name, {}), headers={"accept-language": language}
    )
    is_page = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
    return names_of(answer.content.decode()) if is_page else None


@pytest.mark.sweep
@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
@pytest.mark.parametrize("role", ROLES)
def test_every_page_has_one_name(
    role: str, language: str, signed_in: Callable[[str], Client], person: Callable[[str], User], data_dir: Any
) -> None:
    client, things = signed_in(role), make_things()
    with override(language):
        mine = {} if role == "anonymous" else {
            str(entry.title): str(group) for group, entry in ENTRIES if is_for(person(role), entry)
        }  # fmt: skip
    wrong, seen = [], 0
    for place in places():
        if place.key != FRONT_DOOR and (names := named(client, place, things, language)):
            seen += 1
            wrong += [f"{place.key}: {sentence}" for sentence in disagreements(names, mine)]
    assert not wrong, "\n".join(wrong)
    assert seen > (5 if role == "anonymous" else 60)


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
    # "Templates" stand below "Emails" in the sidebar; away from it they are of emails.
    others = {title: name for title, name in said.items() if title != name}
    assert others == {"en": {"Templates": "Email templates"}, "fr": {"Modèles": "Modèles d’e-mail"}}[language]
