"""Every list: its columns have places, its cells are what Django would show, its links keep its filters."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from backoffice.models import Recipient
from projet.admin_site.lists.columns import name_of
from tasks_app.admin.layout import Layout, Place
from tasks_app.display import TAIL, cause, cause_of
from tasks_app.models import Job, State
from tests.pages.rows import make_schedule
from tests.pages.work import a_job

JOBS = "admin:tasks_app_job_changelist"
RECIPIENTS = "admin:backoffice_recipient_changelist"
# What Unfold's table can and ours cannot: whoever wants one of them writes it first.
LEFT_OUT = ("list_editable", "list_sections", "actions_row", "ordering_field", "date_hierarchy")


def lists() -> list[Any]:
    return [page for page in admin.site._registry.values() if page.__module__.split(".")[0] != "axes"]


def columns(page: Any) -> list[str]:
    request = HttpRequest()
    request.user = User(is_superuser=True, is_active=True)
    return [name_of(item, number) for number, item in enumerate(page.get_list_display(request))]


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("page", lists(), ids=lambda page: page.model._meta.label)
def test_a_layout_places_columns_that_the_list_has(page: Any) -> None:
    layout = getattr(page, "layout", None)
    assert isinstance(layout, Layout), "Say where its columns stand: tasks_app/admin/layout.py"
    named = {layout.title, layout.state, layout.time, layout.problem, layout.action, *layout.wide} - {""}
    assert named <= set(columns(page))


@pytest.mark.once
@pytest.mark.parametrize("page", lists(), ids=lambda page: page.model._meta.label)
def test_no_list_asks_for_what_the_table_leaves_out(page: Any) -> None:
    assert [name for name in LEFT_OUT if getattr(page, name, None)] == []


@pytest.mark.once
def test_each_column_has_one_place() -> None:
    layout = Layout(title="name", state="on", time="made", problem="why", action="lift", wide=("note",))
    found = [layout.place_of(name) for name in ("name", "on", "made", "why", "lift", "note", "", "other")]
    assert found == [
        Place.TITLE, Place.STATE, Place.TIME, Place.PROBLEM, Place.ACTION, Place.DETAIL, Place.DETAIL,
        Place.DETAIL,
    ]  # fmt: skip
    assert [layout.is_wide(name) for name in ("name", "why", "note", "made", "")] == [
        True, True, True, False, False,
    ]  # fmt: skip


# --- The table ---------------------------------------------------------------------------------


@pytest.fixture
def support(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("Support")


def shown(client: Client, page: str, query: str = "") -> str:
    answer = client.get(f"{reverse(page)}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def cells(page: str, name: str) -> list[str]:
    """What stands in the cells of this column, as it is written."""
    return re.findall(rf'<(?:td|th)[^>]* class="field-{name}[ "][^>]*>(.*?)</(?:td|th)>', page, re.DOTALL)


def test_what_people_wrote_is_escaped(signed_in: Callable[[str], Client]) -> None:
    Recipient.objects.create(email="a@example.org", name="<b>Bo & Co</b>", company='"><script>x</script>')
    page = shown(signed_in("Staff"), RECIPIENTS)
    name, company = "&lt;b&gt;Bo &amp; Co&lt;/b&gt;", "&quot;&gt;&lt;script&gt;x&lt;/script&gt;"
    assert cells(page, "name") == [f'<span title="{name}">{name}</span>']
    assert cells(page, "company") == [f'<span title="{company}">{company}</span>']


def test_a_column_of_problems_gives_its_room_away_where_there_are_none(support: Client) -> None:
    a_job(State.SUCCEEDED)
    assert "bo-at-problem bo-fill" not in shown(support, JOBS)
    a_job(State.FAILED, cause="worker.lost", error="It was lost.")
    assert "bo-at-problem bo-fill" in shown(support, JOBS)


def test_the_problem_of_a_schedule_stands_before_what_is_less_urgent(
    signed_in: Callable[[str], Client],
) -> None:
    make_schedule(invalid="It names an unknown job.")
    page = shown(signed_in("superuser"), "admin:django_celery_beat_periodictask_changelist")
    order = re.findall(r'<th role="columnheader"[^>]*class="column-(\w+)', page)
    assert order[:4] == ["action_checkbox", "switch", "title", "problem"]


def test_a_row_of_a_cut_short_table_names_its_columns(support: Client) -> None:
    """On a phone no head stands above them."""
    a_job(State.SUCCEEDED, queue="low")
    [label] = re.findall(r'field-queue[^>]* data-label="([^"]+)"', shown(support, JOBS))
    assert label == "Queue"


def test_a_tick_is_called_by_its_row(support: Client, signed_in: Callable[[str], Client]) -> None:
    """By what a screen reader makes of aria-labelledby: the labels of those elements, one after another."""
    for number in range(3):
        a_job(State.FAILED, name="tasks_app.tasks.envoi_email", about=f"p{number}@example.org")
        Recipient.objects.create(email=f"p{number}@example.org", name=f"Pat {number} <{{number}}>")
    for client, page in ((support, JOBS), (signed_in("Staff"), RECIPIENTS)):
        written = shown(client, page)
        ticks = re.findall(r'<input[^>]*name="_selected_action"[^>]*>', written)
        called = {}
        for tick in ticks:
            [ids] = re.findall(r'aria-labelledby="([^"]+)"', tick)
            [itself, *cells_of_it] = ids.split()
            assert f'id="{itself}"' in tick
            assert 'aria-label="Select"' in tick
            texts = [re.findall(rf'id="{one}"[^>]*>(.*?)</t[dh]>', written, re.DOTALL) for one in cells_of_it]
            [key] = re.findall(r'value="([^"]+)"', tick)
            called[key] = strip_tags(" ".join(text for [text] in texts))
        assert len(set(called.values())) == 3
        for key, name in called.items():
            row: Any = (Job if page == JOBS else Recipient).objects.get(pk=key)
            assert (row.about if page == JOBS else row.email) in name


@pytest.mark.parametrize(
    ("text", "title", "parts"),
    [
        ("", None, []),
        ("Short.", "Short.", ["Short."]),
        ("First line\nsecond line", "First line", ["First line"]),
        (
            "SendError: the mail service refused the message of this recipient: mailbox is full <x@y>",
            "SendError: the mail service refused the message of this recipient: mailbox is full &lt;x@y&gt;",
            [
                "SendError: the mail service refused the message of this recipient:",
                " mailbox is full &lt;x@y&gt;",
            ],
        ),
        ("x" * 1500, "x" * 1000, ["x" * (1000 - TAIL), "x" * TAIL]),
    ],
)
@pytest.mark.once
def test_of_a_long_cause_the_beginning_and_the_end_stay(
    text: str, title: str | None, parts: list[str]
) -> None:
    written = cause(text)
    assert re.findall(r'title="([^"]*)"', written) == ([] if title is None else [title])
    assert re.findall(r"<span(?: title=\"[^\"]*\")?>([^<]+)</span>", written) == parts


@pytest.mark.once
@pytest.mark.parametrize(
    ("code", "params", "error", "seen", "whole"),
    [
        (
            "email.address_complained_before",
            {"address": "sam@example.org"},
            "as it was said when it happened",
            "The address's owner reported an earlier email as spam.",
            "sam@example.org reported an earlier email as spam, so nothing is sent there any more. Ask",
        ),
        ("worker.nobody_knows", None, "Lost. Try again.", "Lost. Try again.", "Lost. Try again."),
        (
            "KeyError@backoffice.module:total#9c42",
            {"message": "'total'"},
            "'total'",
            "KeyError: 'total'",
            "KeyError: 'total'",
        ),
        (
            "django.db.utils.OperationalError@backoffice.module:lock#64",
            {"message": "database is locked"},
            "database is locked",
            "OperationalError: database is locked",
            "OperationalError: database is locked",
        ),
        ("", None, "", "", ""),
    ],
)  # fmt: skip
@pytest.mark.once
def test_a_list_says_what_happened_and_under_the_pointer_to_whom_and_what_to_do(
    code: str, params: dict[str, Any] | None, error: str, seen: str, whole: str
) -> None:
    written = unescape(cause_of(Job(cause=code, cause_params=params, error=error)))
    assert re.sub("<[^>]+>", "", written) == seen
    assert f'title="{whole}' in written or not whole


# --- What it is narrowed to --------------------------------------------------------------------


def chips(page: str) -> dict[str, str]:
    """The words of each chip, and where its cross leads."""
    found = re.findall(r'<li class="bo-chip">\s*<span>(.*?)</span>\s*<a href="([^"]*)"', page, re.DOTALL)
    return {unescape(words): unescape(link) for words, link in found}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?state=failed", ["State: Failed, not repaired"]),
        ("?state=failed&state=unknown", ["State: Failed, not repaired", "State: Unknown"]),
        ("?state=failed&repaired=yes", ["State: Failed", "Repaired: Failed, repaired by a re-run"]),
        ("?kind=tasks_app.tasks.envoi_email", ["Kind: Send an email"]),
        ("?trouble=stuck", ["Trouble: Stuck"]),
        ("?created_at_from=2026-03-01&created_at_to=2026-03-02",
         ["Created: from 1 Mar 2026", "Created: up to 2 Mar 2026"]),
        ("?ended_at_to=2026-03-01T09:00:00%2B00:00", ["Ended: before 1 Mar 2026, 10:00"]),
        ("?q=dupont%20lyon", ["Search words: dupont lyon"]),
        ("?q=%3Cb%3E", ["Search words: <b>"]),
        ("?p=2", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_a_list_is_narrowed_to_stands_above_it_in_words(
    query: str, words: list[str], support: Client
) -> None:
    assert [*chips(shown(support, JOBS, query))] == words


@pytest.mark.parametrize(
    ("page", "query", "words"),
    [
        (RECIPIENTS, "?active__exact=0", ["Active: No"]),
        (RECIPIENTS, "?language__exact=fr", ["Language: French"]),
        ("admin:auth_user_changelist", "?groups__id__exact={group}", ["Groups: Night shift"]),
        ("admin:admin_logentry_changelist", "?action_flag__exact=3", ["Action flag: Deletion"]),
        ("admin:backoffice_signin_changelist", "?success__exact=1", ["Outcome: Signed in"]),
        ("admin:backoffice_message_changelist", "?state=bounced", ["State: Bounced"]),
        ("admin:backoffice_report_changelist", "?language=fr", ["Language: French"]),
        ("admin:django_celery_beat_periodictask_changelist", "?enabled=False", ["Switch: Off"]),
        ("admin:django_celery_results_taskresult_changelist", "?status=FAILURE", ["State: Failed"]),
        ("admin:backoffice_suppression_changelist", "?reason__exact=bounced", None),
    ],
)
def test_filters_of_every_sort_have_words(
    page: str, query: str, words: list[str] | None, signed_in: Callable[[str], Client]
) -> None:
    group = Group.objects.create(name="Night shift")
    found = [*chips(shown(signed_in("superuser"), page, query.format(group=group.pk)))]
    assert len(found) == 1
    assert words is None or found == words


def test_each_chip_is_taken_away_alone_and_all_at_once(support: Client) -> None:
    page = shown(support, JOBS, "?state=failed&state=unknown&queue=low&q=sam&p=3")
    found = chips(page)
    assert QueryDict(found["State: Failed, not repaired"][1:]) == QueryDict("q=sam&queue=low&state=unknown")
    assert QueryDict(found["Queue: low"][1:]) == QueryDict("q=sam&state=failed&state=unknown")
    assert QueryDict(found["Search words: sam"][1:]) == QueryDict("queue=low&state=failed&state=unknown")
    assert re.search(r'<a class="bo-clear" href="\?">Clear all</a>', page)


def test_clearing_a_list_leaves_its_order(signed_in: Callable[[str], Client]) -> None:
    page = shown(signed_in("superuser"), RECIPIENTS, "?active__exact=0&o=-1")
    assert re.search(r'<a class="bo-clear" href="\?o=-1">', page)


def test_a_browsers_tab_says_what_the_list_is_narrowed_to(support: Client) -> None:
    title = re.search(r"<title>(.*?)</title>", shown(support, JOBS, "?state=failed&q=a%26b"), re.DOTALL)
    assert title is not None
    assert unescape(title[1]).strip().startswith("Search words: a&b · State: Failed, not repaired · Jobs |")


def test_all_links_of_a_list_keep_what_it_is_narrowed_to(support: Client) -> None:
    """States, pages, rows, search and the filters themselves."""
    for number in range(51):
        a_job(State.FAILED, queue="low", created_at=timezone.now() - timedelta(minutes=number))
    page = unescape(shown(support, JOBS, "?queue=low&created_at_from=2020-01-01"))
    kept = {"queue": "low", "created_at_from": "2020-01-01"}
    states = re.findall(r'<a href="(\?[^"]*)"', page[page.index("Jobs by state") :])[:7]
    [following] = set(re.findall(r'href="(\?[^"]*after=[^"]*)"', page))
    [row] = {
        link.partition("?")[2]
        for link in re.findall(r'<a href="(/admin/tasks_app/job/[^"]*change/[^"]*)"', page)
    }
    back = QueryDict(row)["_changelist_filters"]
    for link in [*states, following, f"?{back}"]:
        assert kept.items() <= QueryDict(link[1:]).dict().items(), link
    search = page[page.index('id="changelist-search"') :].partition("</form>")[0]
    for name, value in kept.items():
        assert f'name="{name}" value="{value}"' in search


def test_a_page_that_was_opened_in_a_list_leads_back_to_it_as_it_was(
    support: Client, signed_in: Callable[[str], Client]
) -> None:
    job = a_job(State.FAILED, queue="low")
    filters = "queue=low&state=failed"
    page = support.get(
        reverse("admin:tasks_app_job_change", args=[job.pk]), {"_changelist_filters": filters}
    ).content.decode()
    assert f'href="{reverse(JOBS)}?{filters.replace("&", "&amp;")}"' in page
    recipient = Recipient.objects.create(email="a@example.org")
    address = reverse("admin:backoffice_recipient_change", args=[recipient.pk])
    page = signed_in("superuser").get(address, {"_changelist_filters": "active__exact=1"}).content.decode()
    assert page.count(f'href="{reverse(RECIPIENTS)}?active__exact=1"') >= 2  # the way above, and the arrow


@pytest.mark.parametrize("given", ["javascript:alert(1)", '"><script>', "//evil.example.org/?a=b"])
def test_what_a_page_is_told_of_its_list_leads_nowhere_else(given: str, support: Client) -> None:
    job = a_job(State.FAILED)
    address = reverse("admin:tasks_app_job_change", args=[job.pk])
    page = support.get(address, {"_changelist_filters": given}).content.decode()
    links = [link for link in re.findall(r'href="([^"]*)"', page) if link.startswith(reverse(JOBS) + "?")]
    assert links
    assert given not in page


@pytest.mark.parametrize(
    ("opened_on", "back"),
    [
        ("{list}?reason__exact=bounced", "{list}?reason__exact=bounced"),
        ("{list}", "{list}"),
        ("{row}?_changelist_filters=reason__exact%3Dbounced", "{list}?reason__exact=bounced"),
        ("{row}", "{list}"),
        ("", "{list}"),
    ],
)
def test_a_dialog_leads_back_to_the_list_as_it_was(
    opened_on: str, back: str, signed_in: Callable[[str], Client]
) -> None:
    from backoffice.models import Suppression

    row = Suppression.objects.create(address="a@example.org", reason=Suppression.Reason.BOUNCED)
    places = {
        "list": reverse("admin:backoffice_suppression_changelist"),
        "row": reverse("admin:backoffice_suppression_change", args=[row.pk]),
    }
    answer = signed_in("superuser").post(
        reverse("admin:backoffice_suppression_lift", args=[row.pk]),
        headers={
            "hx-request": "true",
            "hx-current-url": f"http://testserver{opened_on.format(**places)}" if opened_on else "",
        },
    )
    assert answer.headers["HX-Redirect"] == back.format(**places)


def test_each_list_that_may_be_empty_says_what_comes_there() -> None:
    """There is always a user, who is looking, and a group."""
    silent = {
        model._meta.model_name
        for model, page in admin.site._registry.items()
        if not (getattr(page, "empty_title", "") and getattr(page, "empty_text", ""))
    }
    assert silent == {"user", "group"}
