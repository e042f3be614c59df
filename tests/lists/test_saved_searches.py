"""Searches with a name: whose they are, who sees them, what they count, and what became of them."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_app.admin.jobs.query.saved import MOST, kept
from tasks_app.models import SavedSearch, State
from tests.pages.work import a_job, person, user_of

pytestmark = pytest.mark.django_db

LIST, PAGE = "/admin/tasks_app/job/", "/admin/tasks_app/savedsearch/"
VIEW, SHARE = "tasks_app.view_job", "tasks_app.share_search"


def save(client: Client, name: str, query: str, **more: str) -> None:
    answer = client.post(f"{PAGE}add/", {"name": name, "query": query} | more)
    assert answer.status_code == 302, answer.context["errors"]


def counts() -> list[int | None]:
    return list(SavedSearch.objects.values_list("count", flat=True))


def text(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_a_search_is_saved_from_the_list_and_stands_in_the_sidebar() -> None:
    client = person(VIEW)
    a_job(State.FAILED)
    page = text(client, f"{LIST}?state=failed&q=kind:debug_task&p=1&o=")
    assert f'href="{PAGE}add/?query=q%3Dkind%253Adebug_task%26state%3Dfailed"' in page
    assert "q=kind%3Adebug_task&state=failed" in text(
        client, f"{PAGE}add/?query=q%3Dkind%253Adebug_task%26state%3Dfailed"
    )
    save(client, "Failed & <b>bold</b>", "q=kind%3Adebug_task&state=failed")
    sidebar = client.get(LIST).content.decode()
    assert "Failed &amp; &lt;b&gt;bold&lt;/b&gt;" in sidebar
    assert "<b>bold" not in sidebar
    assert f'href="{LIST}?q=kind%3Adebug_task&amp;state=failed"' in sidebar or "kind%3Adebug_task" in sidebar


def lit(client: Client, page: str) -> list[str]:
    """The saved searches that the sidebar lights."""
    groups = client.get(page).context["sidebar_navigation"]
    found = [one for group in groups if group["title"] == "Searches" for one in group["items"]]
    return [one["title"] for one in found if one["active"]]


def test_the_sidebar_lights_the_search_that_is_looked_at_alone() -> None:
    client = person(VIEW)
    save(client, "Failed", "state=failed")
    save(client, "Failed of high", "queue=high&state=failed")
    assert lit(client, LIST) == []
    assert lit(client, "/admin/") == []
    assert lit(client, f"{LIST}?state=failed") == ["Failed"]
    assert lit(client, f"{LIST}?state=failed&p=2&o=1") == ["Failed"]
    assert lit(client, f"{LIST}?state=failed&queue=high") == ["Failed of high"]
    assert lit(client, f"{LIST}{a_job().pk}/change/") == []


def test_its_count_is_worked_out_by_lists_of_jobs_alone() -> None:
    client = person(VIEW)
    for _ in range(3):
        a_job(State.FAILED)
    a_job()
    save(client, "Failed", "q=state%3Afailed")
    client.get("/admin/")
    client.get(PAGE)
    assert counts() == [None]
    client.get(LIST)
    assert counts() == [3]
    a_job(State.FAILED)
    with CaptureQueriesContext(connection) as asked:
        client.get(LIST)  # it was counted a moment ago
    assert not any("UPDATE" in query["sql"] and "savedsearch" in query["sql"] for query in asked)
    SavedSearch.objects.update(counted_at=timezone.now() - timedelta(hours=1))
    client.get(f"{LIST}?q=state:failed")
    assert counts() == [4]


def test_a_shared_one_is_seen_by_all_and_changed_by_its_owner_alone() -> None:
    ada, ben = person(VIEW, SHARE), person(VIEW, name="ben")
    save(ada, "Ours", "state=failed", shared="on")
    save(ada, "Mine", "state=unknown")
    assert "Ours" in text(ben, LIST)
    assert "Mine" not in text(ben, LIST)
    ours, mine = SavedSearch.objects.get(name="Ours"), SavedSearch.objects.get(name="Mine")
    assert ben.post(f"{PAGE}{ours.pk}/change/", {"name": "His", "query": "state=failed"}).status_code == 403
    assert ben.post(f"{PAGE}{ours.pk}/delete/", {"post": "yes"}).status_code == 403
    assert (
        ben.post(f"{PAGE}{mine.pk}/delete/", {"post": "yes"}).status_code == 302
    )  # the way home: he has no such
    assert SavedSearch.objects.count() == 2


def test_sharing_is_a_right_of_its_own() -> None:
    ben = person(VIEW, name="ben")
    save(ben, "Mine", "state=failed", shared="on")
    assert not SavedSearch.objects.get().shared


def test_it_is_renamed_shared_and_deleted_and_each_is_in_the_audit_log() -> None:
    ada = person(VIEW, SHARE)
    save(ada, "Failed", "state=failed")
    search = SavedSearch.objects.get()
    change = f"{PAGE}{search.pk}/change/"
    ada.post(change, {"name": "All that failed", "query": "state=failed", "shared": "on"})
    search.refresh_from_db()
    assert (search.name, search.shared) == ("All that failed", True)
    ada.post(f"{PAGE}{search.pk}/delete/", {"post": "yes"})
    assert not SavedSearch.objects.exists()
    assert [entry.action_flag for entry in LogEntry.objects.order_by("pk")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "required"),
        ("p=5", "finds every job"),
        ("after=abc&o=1", "finds every job"),
        ("q=" + "a" * 2100, "at most 2000"),
    ],
)
def test_what_is_no_search_is_not_saved(query: str, words: str) -> None:
    answer = person(VIEW).post(f"{PAGE}add/", {"name": "x", "query": query})
    assert words in unescape(answer.content.decode())
    assert not SavedSearch.objects.exists()


def test_one_name_is_one_search_of_a_person_and_they_are_not_without_end() -> None:
    ada = person(VIEW)
    save(ada, "Failed", "state=failed")
    again = ada.post(f"{PAGE}add/", {"name": "Failed", "query": "state=unknown"})
    assert "You have a search of this name already" in unescape(again.content.decode())
    owner = user_of(ada)
    SavedSearch.objects.bulk_create(
        SavedSearch(owner=owner, name=f"S{number}", query="state=failed") for number in range(MOST - 1)
    )
    more = ada.post(f"{PAGE}add/", {"name": "One more", "query": "state=failed"})
    assert f"{MOST} saved searches already" in unescape(more.content.decode())


@pytest.mark.parametrize("query", ["q=colour%3Ared", "colour=red", "state=bogus"])
def test_one_whose_field_is_no_more_says_so(query: str) -> None:
    ada = person(VIEW)
    SavedSearch.objects.create(owner=user_of(ada), name="Old", query=query)
    text(ada, LIST)
    assert SavedSearch.objects.get().broken
    assert "names something that there is no more" in text(ada, PAGE)
    opened = text(ada, f"{LIST}?{query}")
    assert "There is no “colour:”" in opened or "left out" in opened


def test_counting_another_says_nothing_to_who_looks_at_this_list() -> None:
    ada = person(VIEW)
    SavedSearch.objects.create(owner=user_of(ada), name="Old", query="state=bogus")
    assert "left out" not in text(ada, LIST)


def test_whoever_sees_no_jobs_has_none() -> None:
    eve = person(name="eve")
    assert eve.get(PAGE).status_code == 403
    assert eve.post(f"{PAGE}add/", {"name": "x", "query": "state=failed"}).status_code == 403


def test_addresses_that_say_the_same_are_one_search() -> None:
    assert kept("?b=2&a=1&p=3&last=1&x=") == kept("a=1&b=2") == "a=1&b=2"
