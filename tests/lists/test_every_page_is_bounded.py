"""However long the history, no page of the admin reads it whole: what each statement does is asked of the
database itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.emails import correspondence
from projet.admin_site.guard import paging
from tasks_app.admin.batches import new
from tasks_app.db.keyset import order_of
from tasks_app.models import Job
from tasks_app.places import text_of
from tests.pages.conftest import everything_reports  # noqa: F401 - a fixture
from tests.pages.long_history import GROWING, HISTORY, long_history, whole  # noqa: F401 - a fixture
from tests.pages.role_matrix import MATRIX, ROLES
from tests.pages.test_roles import QUERIES, address, places
from tests.pages.things import make_things
from tests.search.making import fill_all

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sweep,
    pytest.mark.usefixtures("everything_reports", "long_history"),
]

SUPERUSER = ROLES.index("superuser")
LIST = "/admin/tasks_app/job/"
QUESTIONS = 12
# Pages that put together what others say: a question for each part.
OTHER_WINGS = {
    "admin:index": 33,
    "admin:dashboard_live": 28,
    "admin:settings": 38,
    "admin:search": 28,
    "admin:tasks_app_job_correct": 16,
    "admin:queues": 13,
    "admin:django_celery_beat_periodictask_changelist": 14,
    "admin:django_celery_beat_periodictask_change": 21,
    "admin:django_celery_beat_periodictask_put_back": 21,
    "admin:django_celery_beat_periodictask_meanwhile": 13,
    "admin:tasks_app_quietperiod_add": 14,
    "admin:tasks_app_quietperiod_change": 15,
    "admin:backoffice_report_today": 48,  # a report is made anew, in memory
    "admin:backoffice_audience_change": 24,
    "admin:backoffice_recipient_change": 13,
    "admin:backoffice_subscription_change": 13,
    "admin:backoffice_subscription_edit": 14,
}
# A word that is left out is looked for as well, and an argument in a table of its own.
MIXED = {"sam -nobody": 17, "sam state:failed >5m arg.destinataire:42": 16}
SEARCHES = [
    "state:failed",
    "-state:succeeded",
    "kind:envoi_email",
    "queue:high",
    "cause:mail.",
    "user:me",
    "last:24h",
    "id:job-59",
    "arg.destinataire:42",
    "state:failed last:7d -queue:low",
]


@pytest.fixture
def client(signed_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch) -> Client:
    """Lists count to a bound that the history is beyond."""
    for module in (paging, new):
        monkeypatch.setattr(module, "COUNTED_ROWS", HISTORY // 10)
    monkeypatch.setattr(correspondence, "COUNTED", HISTORY // 10)
    return signed_in("superuser")


def statements(client: Client, page: str, given: dict[str, str] | None = None) -> list[str]:
    """What it asks of the database once caches are filled."""
    client.get(page, given)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(page, given)
        b"".join(answer.streaming_content if answer.streaming else [answer.content])
    return [query["sql"] for query in asked.captured_queries]


def more_than(most: int, page: str, asked: list[str]) -> list[str]:
    """Too many of them ask for rows."""
    asked = [sql for sql in asked if " FROM " in sql]
    return [f"{page}: {len(asked)}\n" + "\n".join(sql[:90] for sql in asked)] if len(asked) > most else []


def read_whole(page: str, asked: list[str]) -> list[str]:
    """Those of them that read a history from end to end."""
    growing = [
        sql for sql in asked if sql.startswith("SELECT") and any(f'"{table}"' in sql for table in GROWING)
    ]
    return [f"{page}: {found}\n{sql}" for sql in growing if (found := whole(sql))]


def test_no_page_asks_more_than_so_many_questions_or_reads_a_history_whole(
    client: Client, data_dir: Any
) -> None:
    things, found = make_things(), []
    for place in places():
        opened, _sent = MATRIX[place.key]
        if opened[SUPERUSER] == "O":
            asked = statements(client, address(place, things), QUERIES.get(place.name))
            found += more_than(OTHER_WINGS.get(place.key, QUESTIONS), place.key, asked)
            found += read_whole(place.key, asked)
    assert not found, "\n\n".join(found)


def test_no_search_and_no_page_of_a_person_does(client: Client) -> None:
    fill_all()
    found = []
    for text in [*SEARCHES, "sam", "nobody", *MIXED]:
        asked = statements(client, LIST, {"q": text})
        found += more_than(MIXED.get(text, QUESTIONS), text, asked)
        found += read_whole(text, asked) if text in SEARCHES else []
    for page, given in (
        ("/admin/person/", {"q": "sam"}),
        ("/admin/person/", {"to": "sam@example.org", "outcome": "accepted"}),
        ("/admin/backoffice/message/", {"q": "sam"}),
        ("/admin/django_celery_results/taskresult/", {"q": "sam"}),
    ):
        found += more_than(QUESTIONS, page, statements(client, page, given))
    assert not found, "\n\n".join(found)


def test_no_page_of_a_person_of_many_messages_does(client: Client) -> None:
    """All of the history's messages went to one address."""
    key = "2100-01-01T00:00:00+00:00~" + "f" * 32
    for query in ({}, {"outcome": "accepted"}, {"before": key}):
        asked = statements(client, "/admin/person/", {"to": "sam@example.org"} | query)
        found = read_whole("/admin/person/", asked)
        assert not found, "\n\n".join(found)


def test_no_page_far_back_does(client: Client) -> None:
    order = order_of(Job.objects.order_by("-created_at", "-id"))
    assert order is not None
    middle = text_of(Job.objects.order_by("-created_at", "-id")[HISTORY // 2], order)
    for way in ({"after": middle}, {"before": middle}, {"last": "1"}):
        for narrowed in ({}, {"state": "failed"}, {"kind": "tasks_app.tasks.envoi_email"}):
            found = read_whole(LIST, statements(client, LIST, way | narrowed))
            assert not found, "\n\n".join(found)
