"""Turning the pages of a list by key: no row twice, none left out; a sentence for an address that is none."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django_celery_results.models import TaskResult

from backoffice.models import Message, Recipient, Report, SignIn, Suppression
from projet.admin_site.guard import paging
from tasks_app.db.keyset import order_of
from tasks_app.models import Job, State
from tasks_app.places import text_of
from tests.pages.work import a_job

pytestmark = pytest.mark.django_db

JOBS = "/admin/tasks_app/job/"
NOON = datetime(2026, 11, 12, 11, tzinfo=UTC)  # in Paris
SENTENCE = "no such place"


@pytest.fixture
def client(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("superuser")


@pytest.fixture(autouse=True)
def three_on_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for page in admin.site._registry.values():
        monkeypatch.setattr(page, "list_per_page", 3)


def jobs(count: int, **values: Any) -> list[str]:
    """The newest first; each three have one moment."""
    given: list[dict[str, Any]] = [
        {"id": f"job-{number:02}", "created_at": NOON - timedelta(hours=number // 3)}
        for number in range(count)
    ]
    made = [a_job(**one | values) for one in given]
    return [job.pk for job in sorted(made, key=lambda job: (job.created_at, job.pk), reverse=True)]


def shown(answer: Any) -> list[Any]:
    assert answer.status_code == 200
    return [row.pk for row in answer.context["cl"].result_list]


def ways(answer: Any) -> dict[str, str]:
    found: dict[str, str] = answer.context["cl"].turned.ways
    for address in found.values():
        assert f'href="{address}"' in unescape(answer.content.decode())
    return found


def turn(client: Client, page: str, way: str = "next") -> list[list[Any]]:
    """Page after page until nothing is that way."""
    answer = client.get(page)
    found = [shown(answer)]
    while address := ways(answer).get(way):
        answer = client.get(page.partition("?")[0] + address)
        found.append(shown(answer))
    return found


# --- Every list --------------------------------------------------------------------------------


def results() -> None:
    for number in range(8):
        TaskResult.objects.create(task_id=f"result-{number}", status="SUCCESS")


def messages() -> None:
    for number in range(8):
        Message.objects.create(to=f"p{number}@example.org", sender="us@example.org", subject=f"S{number}")


def reports() -> None:
    for number in range(8):
        Report.objects.create(
            type="overview", title=f"R{number}", format="pdf", language="en", size=1, file=f"r{number}"
        )


def entries() -> None:
    user = admin.site._registry[Job].model.created_by.field.related_model.objects.get()
    for number in range(8):
        LogEntry.objects.create(user=user, object_repr=f"Entry {number}", action_flag=2)


def sign_ins() -> None:
    for number in range(8):
        SignIn.objects.create(username=f"p{number}", success=True)


def suppressions() -> None:
    for number in range(8):
        Suppression.objects.create(address=f"p{number}@example.org", reason=Suppression.Reason.BOUNCED)


def recipients() -> None:
    for number in range(8):
        Recipient.objects.create(email=f"p{number}@example.org")


@pytest.mark.parametrize(
    ("model", "make"),
    [
        (Job, lambda: jobs(8)),
        (TaskResult, results),
        (Message, messages),
        (Report, reports),
        (LogEntry, entries),
        (SignIn, sign_ins),
        (Suppression, suppressions),
        (Recipient, recipients),
    ],
)
def test_a_list_is_turned_from_either_end(model: Any, make: Callable[[], object], client: Client) -> None:
    make()
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    forwards = turn(client, url)
    every = [pk for page in forwards for pk in page]
    assert sorted(map(str, every)) == sorted(str(row.pk) for row in model.objects.all())
    assert {len(page) for page in forwards[:-1]} == {3}
    backwards = turn(client, f"{url}?last=1", "previous")
    seen = [pk for page in reversed(backwards[:-1]) for pk in page]
    assert seen == every[-len(seen) :]
    assert backwards[-1] == every[:3]  # the first page is whole
    assert "p=" not in "".join(ways(client.get(url)).values())


# --- Jobs --------------------------------------------------------------------------------------


def test_rows_that_arrive_meanwhile_move_none(client: Client) -> None:
    wanted = jobs(9)
    first = client.get(JOBS)
    for number in range(4):
        a_job(id=f"new-{number}", created_at=NOON + timedelta(hours=1))
    second = client.get(JOBS + ways(first)["next"])
    assert shown(first) + shown(second) == wanted[:6]
    assert shown(client.get(JOBS + ways(second)["previous"])) == wanted[:3]
    assert shown(client.get(JOBS + ways(second)["first"])) == ["new-3", "new-2", "new-1"]


def test_back_on_the_first_page_it_is_whole(client: Client) -> None:
    wanted = jobs(7)
    second = client.get(JOBS + ways(client.get(JOBS))["next"])
    Job.objects.get(pk=wanted[0]).delete()
    answer = client.get(JOBS + ways(second)["previous"])
    assert shown(answer) == wanted[1:4]
    assert "previous" not in ways(answer)


def test_after_the_last_row_that_is_left_stands_the_last_page(client: Client) -> None:
    wanted = jobs(7)
    second = client.get(JOBS + ways(client.get(JOBS))["next"])
    Job.objects.get(pk=wanted[6]).delete()
    answer = client.get(JOBS + ways(second)["next"])
    assert shown(answer) == wanted[3:6]
    assert "next" not in ways(answer)


def test_it_says_which_rows_these_are(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs(11)
    assert [
        answer.context["cl"].turned.range
        for answer in (
            client.get(JOBS),
            client.get(JOBS + ways(client.get(JOBS))["next"]),
            client.get(JOBS + "?last=1"),
        )
    ] == ["1–3 of 11", "4–6 of 11", "9–11 of 11"]
    monkeypatch.setattr(paging, "COUNTED_ROWS", 5)
    last = client.get(JOBS + "?last=1")
    assert last.context["cl"].turned.range == ("12 Nov 2026, 10:00 to 12 Nov 2026, 09:00, of more than 5")


def test_filters_search_and_order_are_kept(client: Client) -> None:
    wanted = jobs(8, state=State.FAILED)
    jobs_else = [a_job(State.SUCCEEDED) for _ in range(3)]
    found = turn(client, f"{JOBS}?state=failed&queue=default")
    assert [pk for page in found for pk in page] == wanted
    assert len(jobs_else) == 3
    for number in range(8):
        Message.objects.create(to=f"p{number}@example.org", sender="us@example.org", subject="S")
    up = turn(client, "/admin/backoffice/message/?o=4")
    down = turn(client, "/admin/backoffice/message/?o=-4")
    assert [pk for page in up for pk in page] == [pk for page in reversed(down) for pk in reversed(page)]


def test_a_link_that_narrows_the_list_begins_at_its_beginning(client: Client) -> None:
    jobs(8)
    page = client.get(JOBS + ways(client.get(JOBS))["next"]).content.decode()
    for address in re.findall(r'href="(\?[^"]*state=[^"]*)"', page):
        assert "after" not in address
    assert 'name="after"' not in page


def test_an_action_comes_back_to_the_page_it_was_chosen_on(client: Client) -> None:
    jobs(8, state=State.WAITING)
    address = JOBS + ways(client.get(JOBS))["next"]
    chosen = shown(client.get(address))[0]
    answer = client.post(
        address,
        {
            "action": "cancel_selected",
            "_selected_action": [chosen],
            "index": "0",
            "confirmed": "yes",
            "asked_at": "2026-11-29T10:00:00Z",
        },
    )
    assert answer.status_code == 302
    assert answer["Location"] == address


# --- Days --------------------------------------------------------------------------------------


def test_a_day_is_gone_to_and_on_from(client: Client) -> None:
    for day in range(1, 13):
        a_job(id=f"job-{day:02}", created_at=datetime(2026, 11, day, 22, 59, 59, 999_999, tzinfo=UTC))
    answer = client.get(JOBS + "?day=2026-11-06")
    assert shown(answer) == ["job-06", "job-05", "job-04"]
    assert shown(client.get(JOBS + ways(answer)["previous"])) == ["job-09", "job-08", "job-07"]
    assert shown(client.get(JOBS + ways(answer)["next"])) == ["job-03", "job-02", "job-01"]
    for gone_to, first in (("2030-01-01", "job-12"), ("9999-12-31", "job-12"), ("0001-01-01", "job-03")):
        assert shown(client.get(f"{JOBS}?day={gone_to}"))[0] == first, gone_to
    assert 'type="date" name="day"' in answer.content.decode()


def test_a_day_of_the_audit_log_is_found_in_the_order_of_its_keys(client: Client) -> None:
    LogEntry.objects.all().delete()
    entries()
    for number, entry in enumerate(LogEntry.objects.order_by("pk")):
        LogEntry.objects.filter(pk=entry.pk).update(action_time=NOON + timedelta(days=number))
    wanted = list(LogEntry.objects.order_by("-pk").values_list("pk", flat=True))
    log = "/admin/admin/logentry/"
    assert shown(client.get(f"{log}?day=2026-11-15")) == wanted[4:7]
    assert shown(client.get(f"{log}?day=2030-01-01")) == wanted[:3]


def test_a_list_in_no_order_of_time_offers_no_day(client: Client) -> None:
    recipients()
    page = client.get("/admin/backoffice/recipient/")
    assert 'name="day"' not in page.content.decode()
    assert SENTENCE in client.get("/admin/backoffice/recipient/?day=2026-11-15").content.decode()


# --- Forged and old ----------------------------------------------------------------------------


def token(text: str) -> str:
    return urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


@pytest.mark.parametrize("way", ["after", "before"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "null",
        "[" * 500,
        '{"created_at": "2026-11-12T11:00:00+00:00"}',
        '{"id": "a", "created_at": "2026-11-12T11:00:00+00:00"}',
        '{"created_at": "2026-11-12T11:00:00", "id": 5}',
        '{"created_at": null, "id": "a"}',
        '{"created_at": "yesterday", "id": "a"}',
        '{"created_at": "2026-02-31T11:00:00+00:00", "id": "a"}',
        '{"created_at": "9999-12-31T23:59:59-14:00", "id": "a"}',
        '{"created_at": "0001-01-01T00:00:00+14:00", "id": "a"}',
        '{"created_at": "2026-11-12T11:00:00+00:00", "id": "\\u0000"}',
        '{"created_at": "2026-11-12T11:00:00+00:00", "id": "\\ud800"}',
        '{"created_at": "2026-11-12T11:00:00+00:00", "id": "' + "a" * 300 + '"}',
        '{"ended_at": "2026-11-12T11:00:00+00:00", "id": "a"}',
        '{"state": "failed", "created_at": "2026-11-12T11:00:00+00:00", "id": "a"}',
    ],
)
def test_a_place_that_is_none_is_a_sentence_and_the_beginning(text: str, way: str, client: Client) -> None:
    wanted = jobs(5)
    answer = client.get(JOBS, {way: token(text)})
    assert shown(answer) == wanted[:3]
    assert text == "" or SENTENCE in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "after=%00",
        "after=é",
        "before=" + "a" * 3000,
        "last=2",
        "day=2026-02-30",
        "day=tomorrow",
        "p=5000",
        "p=0",
    ],
)
def test_what_no_list_can_mean_is_left_out_and_said(query: str, client: Client) -> None:
    wanted = jobs(5)
    answer = client.get(f"{JOBS}?{query}")
    assert shown(answer) == wanted[:3]
    assert "left out" in answer.content.decode()


@pytest.mark.parametrize("key", ["9" * 30, "a", "-1", "²"])
def test_a_key_that_its_column_cannot_have_is_none(key: str, client: Client) -> None:
    entries()
    answer = client.get("/admin/admin/logentry/", {"after": token(f'{{"id": "{key}"}}')})
    assert SENTENCE in answer.content.decode() or key == "-1"


def test_the_place_of_a_row_that_went_stays_one(client: Client) -> None:
    wanted = jobs(8)
    gone = Job.objects.get(pk=wanted[2])
    order = order_of(Job.objects.order_by("-created_at", "-id"))
    assert order is not None
    place = text_of(gone, order)
    gone.delete()
    answer = client.get(JOBS, {"after": place})
    assert shown(answer) == wanted[3:6]
    assert SENTENCE not in answer.content.decode()
