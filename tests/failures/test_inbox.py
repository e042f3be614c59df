"""The failure inbox and the page of a cause: every figure is the list that it opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import strip_tags

from backoffice.models import Message, Recipient
from tasks_app.admin.failures.saying import address, jobs_of
from tasks_app.failures.deciding import Decision, decide
from tasks_app.models import FailureGroup, FailureStatus, Job, State
from tests.failures.work import EMAIL, FOREIGN, OPTED_OUT, Time, fail, repair, the_clock_counts, the_group
from tests.figures.lists import counted_at
from tests.pages.conftest import signed_in as signed_in

pytestmark = pytest.mark.django_db
INBOX = reverse("admin:tasks_app_failuregroup_changelist")
LINK = re.compile(r'<a class="bo-link" href="([^"]+)"[^>]*>([\d, ]+)</a>')

type SignedIn = Callable[[str], Client]


@pytest.fixture
def support(signed_in: SignedIn) -> Client:
    return signed_in("Support")


def text(client: Client, url: str, status: int = 200) -> str:
    page = client.get(url)
    assert page.status_code == status, page.status_code
    return unescape(page.content.decode())


def past(time: Time) -> None:
    """Two causes and one from before there were causes; some counted, some not, one repaired."""
    for minutes in (3, 50, 200, 4_000, 20_000):
        job = fail(time.ago(minutes=minutes), cause_params={"recipient": "sam@example.org"})
    repair(job, time.ago(minutes=100))
    fail(time.ago(minutes=90), cause=FOREIGN)
    fail(time.ago(minutes=30), cause=None, error_class="elsewhere.Broken")
    the_clock_counts(time)
    fail(time.ago(seconds=5), cause_params={"recipient": "kim@example.org"})


def test_each_cause_is_one_row_without_persons_and_every_figure_opens_as_many_jobs(
    time: Time, support: Client, admin_user: User
) -> None:
    past(time)
    page = text(support, INBOX)
    assert "The recipient asked for no more emails." in page
    assert "sam@example.org" not in page
    assert "Broken" in page
    figures = [(url, int(number.replace(",", ""))) for url, number in LINK.findall(page) if "/job/" in url]
    assert len(figures) >= 12
    for url, number in figures:
        assert counted_at(admin_user, unescape(url)) == number, url
    assert {number for _url, number in figures} >= {6, 5, 1}


def test_the_page_of_a_cause_says_all_and_its_figures_open_as_many_jobs(
    time: Time, support: Client, admin_user: User
) -> None:
    past(time)
    page = text(support, address(the_group()))
    title = page.partition("<title>")[2].partition("</title>")[0]
    assert title.strip().startswith("Send an email: The recipient asked for no more emails."), title
    assert "Make the recipient active again" in page
    assert "Nobody has decided anything yet." in page
    figures = re.findall(r'href="([^"]*/job/\?[^"]+)"[^>]*>([\d,]+)</a>', page)
    assert [int(number) for _url, number in figures[:4]] == [6, 1, 5, 5]
    for url, number in figures:
        assert counted_at(admin_user, unescape(url)) == int(number.replace(",", "")), url


def test_a_cause_is_found_before_the_clock_has_seen_it(time: Time, support: Client) -> None:
    fail(time.now)
    url = reverse("admin:tasks_app_failuregroup_cause", query={"kind": EMAIL, "cause": OPTED_OUT})
    assert "The recipient asked for no more emails." in text(support, url)


@pytest.mark.parametrize(
    "query", [{}, {"kind": EMAIL}, {"kind": EMAIL, "cause": "no.such"}, {"cause": "class:"}]
)
def test_what_nothing_failed_with_is_not_there(query: dict[str, str], time: Time, support: Client) -> None:
    past(time)
    text(support, reverse("admin:tasks_app_failuregroup_cause", query=query), status=404)


@pytest.mark.parametrize(
    "values",
    [
        {"cause": None, "error_class": "", "name": "gone/kind?&#"},
        {"cause": None, "error_class": "<b>Broken</b>"},
        {"cause": "<script>alert(1)</script>@x:y#0a1b2c", "name": "x" * 255},
        {"cause": "a.newer_version_s_code"},
        {"cause": FOREIGN, "error": "\u202e<img src=x onerror=alert(1)>"},
    ],
)
def test_whatever_a_row_holds_its_cause_has_a_row_a_page_and_a_list(
    values: dict[str, Any], time: Time, support: Client, admin_user: User
) -> None:
    fail(time.ago(minutes=2), **values)
    the_clock_counts(time)
    group = FailureGroup.objects.get()
    raw = support.get(INBOX).content.decode() + support.get(address(group)).content.decode()
    assert "<script>alert(1)" not in raw
    assert "<img src=x" not in raw
    assert "<b>Broken" not in raw
    assert counted_at(admin_user, jobs_of(group)) == 1
    assert "1" in text(support, jobs_of(group))


# --- Statuses -----------------------------------------------------------------------------------


def rows(page: str) -> int:
    return page.count('<tr role="row">') - page.count('role="columnheader" scope="col" class="column-title')


def test_the_inbox_opens_with_what_nobody_decided_about(time: Time, support: Client) -> None:
    past(time)
    decide(the_group(FOREIGN), Decision(FailureStatus.IGNORED), by=None, seen=0)
    assert rows(text(support, INBOX)) == 2
    assert rows(text(support, f"{INBOX}?status=ignored")) == 1
    assert rows(text(support, f"{INBOX}?status=all")) == 3
    assert "Nothing matches" in text(support, f"{INBOX}?status=repaired")


def test_badge_tile_and_inbox_say_the_same(time: Time, support: Client) -> None:
    past(time)
    for ignored in (0, 1, 2, 3):
        page = text(support, INBOX)
        index = text(support, reverse("admin:index"))
        count = 3 - ignored
        assert rows(page) == count if count else "Nothing to look at" in page
        assert (f"{count} cause" in index) == bool(count)
        assert badge(page) == badge(index) == (str(count) if count else "")
        group = FailureGroup.objects.filter(status=FailureStatus.NEW).first()
        if group:
            decide(group, Decision(FailureStatus.IGNORED), by=None, seen=group.revision)


def badge(page: str) -> str:
    """The number beside “Failures” in the sidebar."""
    entry = page[page.index(f'href="{INBOX}"') :].partition("</a>")[0]
    found = re.search(r">\s*(\d+\+?)\s*<", entry)
    return found[1] if found else ""


def test_the_first_page_leaves_out_jobs_of_ignored_causes_and_leads_to_as_many(
    time: Time, support: Client, admin_user: User
) -> None:
    past(time)
    group = the_group()
    decide(group, Decision(FailureStatus.IGNORED), by=None, seen=group.revision)
    needs = support.get(reverse("admin:index")).context["needs"]
    [need] = [one for one in needs if "failed" in one.title and one.icon == "error"]
    assert need.title == "2 jobs failed"
    assert counted_at(admin_user, need.url) == 2


@pytest.mark.parametrize(
    ("route", "status", "said"),
    [
        ("known", FailureStatus.KNOWN, "looks after it"),
        ("repaired", FailureStatus.REPAIRED, "Repaired with release"),
        ("ignored", FailureStatus.IGNORED, "A note."),
    ],
)
def test_a_decision_is_asked_kept_logged_and_told(
    route: str, status: FailureStatus, said: str, time: Time, support: Client
) -> None:
    past(time)
    group = the_group()
    url = reverse(f"admin:tasks_app_failuregroup_{route}", args=[group.pk])
    assert url in text(support, address(group))
    asked = text(support, url)
    [revision] = re.findall(r'name="revision" value="(\d+)"', asked)
    owner = re.findall(r'<option value="(\d+)" selected', asked)
    given = {"revision": revision, "note": "A note.", "owner": owner[0] if owner else ""}
    assert support.post(url, given).status_code == 302
    assert the_group().status == status
    assert the_group().note == "A note."
    [entry] = LogEntry.objects.filter(object_id=str(group.pk))
    assert "A note." in entry.change_message
    page = text(support, address(group))
    assert said in page
    # A second answer to the same dialog changes nothing, and is told who was faster.
    told = support.post(url, given, follow=True)
    assert "was faster" in told.content.decode()
    assert the_group().revision == group.revision + 1
    assert LogEntry.objects.count() == 1


def test_a_moment_that_has_passed_is_refused_beside_its_field(time: Time, support: Client) -> None:
    past(time)
    url = reverse("admin:tasks_app_failuregroup_known", args=[the_group().pk])
    for until in ("2020-01-01T10:00", "yesterday", "0001-01-01T00:00"):
        page = support.post(url, {"revision": "0", "until": until})
        assert page.status_code == 200
        assert 'id="id_until_error"' in page.content.decode()
    assert the_group().status == FailureStatus.NEW


@pytest.mark.parametrize("revision", ["", "-1", "x", "²", "99999999999999999999"])
def test_an_answer_to_no_dialog_changes_nothing(revision: str, time: Time, support: Client) -> None:
    past(time)
    url = reverse("admin:tasks_app_failuregroup_ignored", args=[the_group().pk])
    assert support.post(url, {"revision": revision, "note": ""}).status_code == 302
    assert the_group().status == FailureStatus.NEW


def test_a_selection_is_decided_about_at_once_and_what_others_decided_is_left_alone(
    time: Time, support: Client
) -> None:
    past(time)
    keys = [str(pk) for pk in FailureGroup.objects.values_list("pk", flat=True)]
    asked = support.post(INBOX, {"action": "make_ignored", "_selected_action": keys})
    dialog = unescape(asked.content.decode())
    assert "Ignore 3 causes?" in dialog
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', asked.content.decode()))
    hidden.pop("csrfmiddlewaretoken", None)
    time.passes(seconds=5)
    assert decide(the_group(), Decision(FailureStatus.KNOWN), by=None, seen=the_group().revision)
    told = support.post(INBOX, hidden | {"_selected_action": keys, "note": "Noise."}, follow=True)
    assert "somebody decided about it meanwhile" in unescape(told.content.decode())
    statuses = sorted(FailureGroup.objects.values_list("status", flat=True))
    assert statuses == ["ignored", "ignored", "known"]
    assert LogEntry.objects.count() == 1


def test_who_may_not_run_jobs_again_decides_nothing(time: Time, signed_in: SignedIn) -> None:
    past(time)
    staff = signed_in("Staff")
    page = text(staff, address(the_group()))
    for route in ("known", "repaired", "ignored", "open"):
        url = reverse(f"admin:tasks_app_failuregroup_{route}", args=[the_group().pk])
        assert url not in page
        assert staff.get(url).status_code == staff.post(url, {"revision": "0"}).status_code == 403
    assert signed_in("Managers").get(INBOX).status_code == 403


# --- Whom it touches, where it leads ------------------------------------------------------------


def test_people_and_schedules_are_named_and_listed(time: Time, support: Client) -> None:
    for number in range(12):
        person = Recipient.objects.create(email=f"p{number}@example.org", name=f"Person {number}")
        job = fail(time.ago(minutes=number + 1))
        Message.objects.create(to=person.email, recipient=person, job_id=job.pk)
    the_clock_counts(time)
    assert the_group().people == 12
    page = text(support, address(the_group()))
    url = reverse("admin:tasks_app_failuregroup_touched", args=[the_group().pk]) + "?sort=person"
    assert url in page
    listed = text(support, url)
    assert all(f"Person {number}" in listed or f"p{number}@example.org" in listed for number in range(12))
    Recipient.objects.filter(name="Person 3").delete()
    assert "(deleted)" in text(support, url)
    for odd in ("&after=x", "&after=99999999", "&sort=nothing"):
        text(support, url + odd)


def test_a_page_asks_at_most_twelve_times_however_many_causes(time: Time, support: Client) -> None:
    for number in range(70):
        fail(time.ago(minutes=number + 1), cause=f"a.cause_{number}")
    mended = fail(time.ago(minutes=1), cause="template.switched_off", kwargs={"modele_id": 1})
    the_clock_counts(time)
    fail(time.now, cause="a.fresh_cause")
    fail(time.now)
    text(support, INBOX)  # what is the same for all pages is known from here on
    for url in (
        INBOX,
        f"{INBOX}?p=2",
        address(the_group("a.cause_3")),
        address(the_group(str(mended.cause))),
        f"{INBOX}?status=all&q=cause",
    ):
        with CaptureQueriesContext(connection) as asked:
            text(support, url)
        # PostgreSQL is told besides how long a statement may take.
        told = ("SAVEPOINT", "RELEASE", "SET ", "SELECT set_config", "SELECT current_setting")
        statements = [one["sql"] for one in asked if not one["sql"].startswith(told)]
        assert len(statements) <= 12, (url, statements)


@pytest.mark.once
def test_what_was_seen_within_one_day_names_the_day_once() -> None:
    first = timezone.localtime().replace(hour=9, minute=2) - timedelta(days=3)
    last = first.replace(hour=14, minute=40)
    group = SimpleNamespace(first_at=first, figures=SimpleNamespace(last_at=last))
    said = strip_tags(admin.site._registry[FailureGroup].seen(group))
    assert re.match(rf"{first.day} \D+, 09:02", said)
    assert said.endswith(" – 14:40")


def test_it_is_read_in_french(time: Time, signed_in: SignedIn) -> None:
    past(time)
    client = signed_in("Support")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
    with translation.override("fr"):
        page = text(client, INBOX) + text(client, address(the_group()))
    for words in ("To look at", "As of", "Need somebody", "What was decided", "Known until"):
        assert words not in page
    assert "Le destinataire" in page


def test_the_root_leads_support_to_what_failed_and_others_to_the_dashboard(
    signed_in: SignedIn,
) -> None:
    def leads_to(role: str) -> str:
        return signed_in(role).get("/").headers["Location"]

    assert leads_to("Support") == INBOX
    assert leads_to("Staff") == leads_to("Managers") == leads_to("superuser") == reverse("admin:index")
    assert leads_to("anonymous") == reverse("admin:login")


def test_a_job_list_takes_a_cause_that_there_is_and_no_other(
    time: Time, support: Client, admin_user: User
) -> None:
    past(time)
    jobs = reverse("admin:tasks_app_job_changelist")
    assert "It was left out." in text(support, f"{jobs}?cause=no.such_code")
    assert "Cause: The recipient asked for no more emails." in text(support, f"{jobs}?cause={OPTED_OUT}")
    Job.objects.create(
        id="w", name=EMAIL, queue="q", state=State.WAITING, cause=OPTED_OUT, error="x", created_at=time.now
    )
    assert counted_at(admin_user, f"{jobs}?cause={OPTED_OUT}") == 6
