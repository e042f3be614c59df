"""What of an address means nothing is left out, and the page says so; nothing is done to another list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.models import EmailTemplate, Recipient
from tasks_app.models import Job, State
from tests.pages.things import make_things
from tests.pages.work import a_job

pytestmark = pytest.mark.django_db

JOBS = "/admin/tasks_app/job/"
RECIPIENTS = "/admin/backoffice/recipient/"


@pytest.fixture
def client(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("superuser")


def found(answer: Any) -> set[Any]:
    assert answer.status_code == 200
    return {row.pk for row in answer.context["cl"].result_list}


@pytest.mark.parametrize(
    ("page", "query"),
    [
        (JOBS, "state=bogus"),
        (JOBS, "queue=%00"),
        (JOBS, "name=a"),
        (JOBS, "no_such=1"),
        (JOBS, "p=0"),
        (JOBS, "p=minus"),
        (JOBS, "p=99999999999999"),
        (JOBS, "o=99"),
        (JOBS, "o=a.b"),
        (JOBS, "_facets=1"),
        (JOBS, "created_at_from=2026-02-30"),
        (JOBS, "created_at_to=tomorrow"),
        (JOBS, "ended_at_to=now"),
        (JOBS, "q=" + "a" * 201),
        (JOBS, "q=" + "a+" * 13),
        (JOBS, "_to_field=kwargs"),
        (RECIPIENTS, "language__exact=%00"),
        (RECIPIENTS, "language__exact=tlh"),
        (RECIPIENTS, "active__exact=7"),
        (RECIPIENTS, "active__isnull=perhaps"),
        (RECIPIENTS, "language__in=en,fr"),
        (RECIPIENTS, "_facets=1"),
        ("/admin/auth/user/", "groups__id__exact=99999999999999999999"),
        ("/admin/auth/user/", "groups__id__exact=a"),
        ("/admin/admin/logentry/", "user__id__exact=²"),
        ("/admin/backoffice/signin/", "at_from=31.02.2026"),
        ("/admin/django_celery_beat/periodictask/", "enabled=T"),
        ("/admin/django_celery_beat/periodictask/", "_facets=1"),
        ("/admin/django_celery_results/taskresult/", "status=%00"),
        ("/admin/backoffice/report/", "type=%ED%A0%BD"),
    ],
)
def test_a_filter_that_means_nothing_is_left_out_and_said(page: str, query: str, client: Client) -> None:
    make_things()
    answer = client.get(f"{page}?{query}")
    assert found(answer) == found(client.get(page))
    assert "left out" in answer.content.decode()


def test_what_means_something_stays_beside_what_does_not(client: Client) -> None:
    failed, _other = a_job(State.FAILED), a_job(State.SUCCEEDED)
    answer = client.get(f"{JOBS}?state=failed&state=bogus&kwargs__a=1&q=%00&created_at_to=9999-12-31")
    assert found(answer) == {failed.pk}
    page = unescape(answer.content.decode())
    assert f'data-address="{JOBS}?state=failed&created_at_to=9999-12-31"' in page
    assert "“state”" in page
    assert "“kwargs__a”" in page


def test_a_list_that_is_asked_properly_says_nothing(client: Client) -> None:
    make_things()
    for query in ("", "?state=failed&q=sam&p=1", "?created_at_from=2026-11-01", "?state=", "?all=", "?e=1"):
        assert "left out" not in client.get(JOBS + query).content.decode()


@pytest.mark.parametrize(
    "page", [JOBS, RECIPIENTS, "/admin/backoffice/message/", "/admin/backoffice/report/"]
)
@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ("", "9999-12-31", True),
        ("0001-01-01", "9999-12-31", True),
        ("0001-01-01", "", True),
        ("9999-12-31", "", False),
        ("", "0001-01-01", False),
        ("9999-12-30", "9999-12-31", False),
        ("2026-03-29", "2026-03-29", False),
        ("2026-10-25", "2026-10-25", False),
    ],
)
def test_the_first_and_the_last_day_are_days_like_any_other(
    page: str, first: str, last: str, shown: bool, client: Client
) -> None:
    make_things()
    answer = client.get(page, {"created_at_from": first, "created_at_to": last})
    assert bool(found(answer)) == shown
    assert "left out" not in answer.content.decode()


@pytest.mark.parametrize(
    "zone", ["Europe/Paris", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"]
)
def test_so_are_they_in_every_zone(zone: str, client: Client, settings: Any) -> None:
    settings.TIME_ZONE = zone
    made = a_job(ended_at=datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    for moment in ("9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"):
        assert found(client.get(JOBS, {"ended_at_to": moment})) == {made.pk}
        assert found(client.get(JOBS, {"ended_at_from": moment})) == set()
    for moment in ("0001-01-01T00:00", "0001-01-01T00:00:00+14:00", "1600-02-29T00:00"):
        assert found(client.get(JOBS, {"ended_at_from": moment})) == {made.pk}


# --- Nothing is done to another list -----------------------------------------------------------


def test_nothing_is_done_to_all_rows_of_a_list_whose_filter_was_left_out(client: Client) -> None:
    jobs = [a_job(State.WAITING) for _ in range(3)]
    answer = client.post(
        f"{JOBS}?state=bogus",
        {
            "action": "cancel_selected",
            "index": "0",
            "select_across": "1",
            "_selected_action": jobs[0].pk,
            "confirmed": "yes",
        },
    )
    assert answer.status_code == 302
    assert answer["Location"] == JOBS
    assert Job.objects.filter(state=State.WAITING).count() == 3


def test_nothing_is_exported_of_another_list(client: Client) -> None:
    Recipient.objects.create(email="sam@example.org", name="Sam")
    export = reverse("admin:backoffice_recipient_export")
    chosen = {"format": "0", "resource": "0", "recipientresource_email": "on"}
    assert client.post(f"{export}?language__exact=tlh", chosen).status_code == 400
    assert client.post(f"{export}?language__exact=fr", chosen).status_code == 200


@pytest.mark.parametrize("keys", [["\0"], ["abc"], ["99999999999999999999"], ["1e3", "²"], [""], ["a" * 300]])
@pytest.mark.parametrize(
    ("page", "action"),
    [
        (RECIPIENTS, "delete_selected"),
        ("/admin/auth/group/", "delete_selected"),
        ("/admin/backoffice/emailtemplate/", "delete_selected"),
        (JOBS, "run_selected_again"),
        ("/admin/django_celery_beat/periodictask/", "run_selected"),
        (JOBS, "no_such_action"),
    ],
)
def test_forged_keys_choose_nothing(page: str, action: str, keys: list[str], client: Client) -> None:
    make_things()
    before = Recipient.objects.count(), EmailTemplate.objects.count(), Job.objects.count()
    for extra in ({"index": "0"}, {}, {"index": "-9"}, {"index": "a"}, {"post": "yes", "confirmed": "yes"}):
        answer = client.post(page, {"action": action, "_selected_action": keys} | extra)
        assert answer.status_code in (200, 302)
    assert (Recipient.objects.count(), EmailTemplate.objects.count(), Job.objects.count()) == before


# --- Ids and cookies ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["a%00b", "%00", "_00", "%ED%A0%BD", "²", "9" * 30, "-1", "..", "_5F", "a" * 3000]
)
def test_an_object_that_is_not_there_is_404_or_the_way_home(key: str, client: Client) -> None:
    make_things()
    for place in (
        "tasks_app/job",
        "backoffice/message",
        "backoffice/report",
        "auth/user",
        "backoffice/recipient",
        "django_celery_beat/periodictask",
        "django_celery_results/taskresult",
        "backoffice/suppression",
        "admin/logentry",
    ):
        for page in ("change", "history", "delete"):
            answer = client.get(f"/admin/{place}/{key}/{page}/")
            assert answer.status_code in (302, 403, 404), (place, page)
            if answer.status_code == 302:
                assert answer["Location"] == "/admin/"


def test_a_session_that_no_database_holds_is_nobodys() -> None:
    client = Client(raise_request_exception=False, headers={"cookie": 'sessionid="aaaaaaaaaa\\000"'})
    assert client.get("/admin/").status_code == 302
