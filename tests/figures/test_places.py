"""One thing at one moment is one figure, wherever it is said: each line names a thing and where that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from django_celery_beat.models import PeriodicTask
from prometheus_client.parser import text_string_to_metric_families

from backoffice.health import CHECKS
from backoffice.models import Message
from projet.admin_site import sidebar
from tasks_app.models import FailureGroup, Job
from tasks_app.monitor.health import Cost, run
from tests.figures.by_hand import Rows, day_of
from tests.figures.lists import counted, counted_at
from tests.figures.past import DAY, user_of
from tests.figures.reading import Figures_, figures_of, first_number
from tests.figures.test_reports import order_of

TOKEN = "0123456789abcdef"


@dataclass
class Places:
    """Everything that is said at one moment, read once."""

    rows: Rows
    user: User
    dashboard: Any
    queues_page: Any
    list_of_jobs: Any
    list_of_causes: Any

    @cached_property
    def chips(self) -> dict[str, int]:
        return numbers_above(self.list_of_jobs)

    @cached_property
    def chips_of_causes(self) -> dict[str, int]:
        return numbers_above(self.list_of_causes)

    def badge(self, page: str) -> str:
        entries = [entry for _group, entries in sidebar.GROUPS for entry in entries]
        [badge] = [entry.badge for entry in entries if entry.url_name == page and entry.badge]
        return badge(user_of(self.user.username))  # one who has read nothing yet

    @cached_property
    def overview(self) -> Figures_:
        with override("en"):
            order = order_of("overview", self.rows.now)
            return figures_of(order.type.sections(order)[1:])

    @cached_property
    def emails_of_yesterday(self) -> Figures_:
        with override("en"):
            order = order_of("emails", self.rows.now, "yesterday")
            return figures_of(order.type.sections(order))

    @cached_property
    def samples(self) -> list[Any]:
        answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        families = text_string_to_metric_families(answer.content.decode())
        return [sample for family in families for sample in family.samples]

    @cached_property
    def findings(self) -> dict[str, int]:
        found = run([one for one in CHECKS if one.cost is Cost.ROWS], self.rows.now)
        return {
            check.key: first_number(findings[0].sentence)
            for check, findings in found
            if any(character.isdigit() for character in findings[0].sentence)
        }

    def metric(self, name: str, **labels: str) -> float:
        return sum(
            one.value for one in self.samples if one.name == name and labels.items() <= one.labels.items()
        )

    def need(self, icon: str) -> int:
        return next((first_number(one.title) for one in self.dashboard["needs"] if one.icon == icon), 0)

    def jobs(self, **filters: Any) -> int:
        return counted(self.user, Job, **filters)

    def messages(self, **filters: Any) -> int:
        return counted(self.user, Message, **filters)

    @property
    def yesterday(self) -> dict[str, Any]:
        day = day_of(self.rows.now) - DAY
        return {"created_at_from": day, "created_at_to": day}

    @property
    def last_24_hours(self) -> dict[str, str]:
        return {"ended_at_from": (self.rows.now - DAY).isoformat()}

    def queue(self, page: Any, name: str, figure: str) -> int:
        [queue] = [one for one in page["queues"] if one.name == name]
        return first_number(getattr(queue, figure))


def numbers_above(page: Any) -> dict[str, int]:
    chips = page["state_chips"]
    return {one["query"].rpartition("=")[2]: first_number(one.get("count") or 0) for one in chips}


PAGES = ("queues", "tasks_app_job_changelist", "tasks_app_failuregroup_changelist")


@pytest.fixture
def places(
    rows: Rows,
    opened: Callable[[str], Client],
    first_page: Callable[[str], Any],
    settings: Any,
    read_already: dict[str, Any],
) -> Places:
    settings.METRICS_TOKEN = TOKEN
    name = "admin@example.org"
    if "places" not in read_already:
        client = opened(name)
        pages = [client.get(reverse(f"admin:{page}")) for page in PAGES]
        contexts = [page.context for page in pages]
        read_already["places"] = Places(rows, user_of(name), first_page(name), *contexts)
    places: Places = read_already["places"]
    return places


# Thing → where it is said. A place that comes to say one of them gets its line here.
SAID: dict[str, dict[str, Callable[[Places], float]]] = {
    "jobs that wait": {
        "list": lambda on: on.jobs(state="waiting"),
        "number above the list": lambda on: on.chips["waiting"],
        "overview": lambda on: on.overview["figures", "Jobs waiting"],
        "metrics": lambda on: on.metric("backoffice_jobs", state="waiting"),
        "dashboard's queues": lambda on: sum(one.waiting.counted for one in on.dashboard["queues"]),
        "queues' page": lambda on: sum(one.waiting.counted for one in on.queues_page["queues"]),
    },
    "jobs that are due": {
        "list": lambda on: on.jobs(due="now"),
        "metrics": lambda on: on.metric("backoffice_queue_jobs"),
        "dashboard's queues": lambda on: sum(one.due.counted for one in on.dashboard["queues"]),
    },
    "jobs that are due later": {
        "list": lambda on: on.jobs(due="later"),
        "overview": lambda on: on.overview["figures", "Jobs waiting", "note"][0],
        "dashboard's queues": lambda on: sum(one.later.counted for one in on.dashboard["queues"]),
    },
    "jobs that run": {
        "list": lambda on: on.jobs(state="running"),
        "number above the list": lambda on: on.chips["running"],
        "overview": lambda on: on.overview["figures", "Jobs running"],
        "metrics": lambda on: on.metric("backoffice_jobs", state="running"),
        "dashboard": lambda on: first_number(on.dashboard["running"]["count"]),
        "dashboard's queues": lambda on: sum(one.running for one in on.dashboard["queues"]),
    },
    "jobs of unknown outcome": {
        "list": lambda on: on.jobs(state="unknown"),
        "number above the list": lambda on: on.chips["unknown"],
        "dashboard": lambda on: on.need("help"),
        "doctor": lambda on: on.findings["unknown"],
        "metrics": lambda on: on.metric("backoffice_jobs_unknown"),
        "metrics by kind": lambda on: on.metric("backoffice_jobs", state="unknown"),
    },
    "jobs that failed in 24 hours": {
        "list": lambda on: on.jobs(repaired="any", **on.last_24_hours),
        "overview": lambda on: on.overview["figures", "Failed in 24 hours"],
    },
    "jobs that failed in 24 hours and were not repaired": {
        "list": lambda on: on.jobs(state="failed", **on.last_24_hours),
        "list of those not repaired": lambda on: on.jobs(repaired="no", **on.last_24_hours),
        "overview": lambda on: on.overview["figures", "Failed in 24 hours", "note"][2],
    },
    "those of them whose cause nobody ignores": {
        "list": lambda on: on.jobs(state="failed", ignored="no", **on.last_24_hours),
        "list of those not repaired": lambda on: on.jobs(repaired="no", ignored="no", **on.last_24_hours),
        "dashboard": lambda on: on.need("error"),
    },
    "jobs that nobody published": {
        "list": lambda on: on.jobs(trouble="unpublished"),
        "dashboard": lambda on: on.need("outbox"),
        "doctor": lambda on: on.findings["unpublished"],
        "metrics": lambda on: on.metric("backoffice_jobs_unpublished"),
    },
    "jobs that are stuck": {
        "list": lambda on: on.jobs(trouble="stuck"),
        "dashboard": lambda on: on.need("hourglass_disabled"),
        "doctor": lambda on: on.findings["stuck"],
        "metrics": lambda on: on.metric("backoffice_jobs_stuck"),
    },
    "emails of unknown outcome": {
        "list": lambda on: on.messages(state="unknown"),
        "dashboard": lambda on: on.need("contact_support"),
        "doctor": lambda on: on.findings["unknown_emails"],
        "metrics": lambda on: on.metric("backoffice_emails_unknown"),
    },
    **{
        f"emails of yesterday that {came_to}": {
            "list": lambda on, outcome=outcome: on.messages(outcome=outcome, **on.yesterday),
            "report": lambda on, figure=figure: on.emails_of_yesterday["figures", figure],
        }
        for came_to, outcome, figure in (
            ("were accepted", "accepted", "Accepted"),
            ("were not sent", "not_sent", "Not sent"),
        )
    },
    "schedules that are switched on": {
        "list": lambda on: counted(on.user, PeriodicTask, enabled="True"),
        "overview": lambda on: on.overview["figures", "Schedules"],
    },
    "schedules that cannot run": {
        "list": lambda on: counted(on.user, PeriodicTask, trouble="invalid"),
        "dashboard": lambda on: on.need("event_busy"),
        "doctor": lambda on: on.findings["schedules"],
    },
    "workers": {
        "overview": lambda on: on.overview["figures", "Workers"],
        "metrics": lambda on: on.metric("backoffice_nodes", kind="worker"),
        "queues' page": lambda on: len(on.queues_page["workers"]),
    },
    "causes to look at": {
        "sidebar": lambda on: first_number(on.badge("admin:tasks_app_failuregroup_changelist") or 0),
        "dashboard": lambda on: on.need("running_with_errors"),
        "list": lambda on: counted(on.user, FailureGroup),
        "number above the list": lambda on: on.chips_of_causes["open"],
    },
    "processes that fell silent": {
        "dashboard": lambda on: on.need("heart_broken"),
        "doctor": lambda on: on.findings["silent"],
    },
}


@pytest.mark.parametrize("thing", SAID)
def test_what_two_places_say_of_one_thing_is_the_same(thing: str, places: Places) -> None:
    said = {place: asked(places) for place, asked in SAID[thing].items()}
    bounded = {place: min(number, 99) for place, number in said.items()}
    assert len(set(bounded.values())) == 1, said
    assert sum(said.values()), "There is none of it in this past."


FIGURES = {"Waiting": "waiting", "Not due yet": "later", "Running": "running"}


def test_each_queue_is_the_same_on_each_page_and_its_list(places: Places) -> None:
    lists = {
        "Waiting": {"state": "waiting"},
        "Not due yet": {"state": "waiting", "due": "later"},
        "Running": {"state": "running"},
    }
    assert {one.name for one in places.dashboard["queues"]} == places.rows.queue_names
    for name in places.rows.queue_names:
        for column, figure in FIGURES.items():
            said = {
                "overview": places.overview["Queues", name, column],
                "dashboard": places.queue(places.dashboard, name, figure),
                "queues' page": places.queue(places.queues_page, name, figure),
                "list": places.jobs(queue=name, **lists[column]),
            }
            assert len(set(said.values())) == 1, (name, column, said)


def test_who_looked_is_told_the_same_by_the_page_and_its_list(
    rows: Rows, first_page: Callable[[str], Any]
) -> None:
    user = user_of("looked")
    [need] = [one for one in first_page("looked")["needs"] if one.icon == "error"]
    said = first_number(need.title)
    assert said == min(counted_at(user, need.url) or 0, 99) == min(rows.failed_unseen(user.pk), 99)
