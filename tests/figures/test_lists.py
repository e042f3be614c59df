"""What each list shows under each of its filters, and the numbers above it, against rows counted by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from backoffice.models import Message, Recipient, Report
from tasks_app.models import FailureGroup, FailureStatus, Job
from tests.figures.by_hand import Is, Row, Rows, cause_of, day_of
from tests.figures.lists import counted, counted_at
from tests.figures.past import DAY, user_of
from tests.figures.reading import numbers_in

type ByValue = Callable[[Rows, str], Is]


def column(name: str) -> ByValue:
    return lambda rows, value: lambda row: str(row[name]) == value


def is_one_of(**groups: Callable[[Rows], list[Row]]) -> ByValue:
    return lambda rows, value: lambda row: row in groups[value](rows)


def is_waiting(rows: Rows, value: str) -> Is:
    return lambda job: job["state"] == "waiting" and rows.is_due(job) == (value == "now")


# What each filter of these lists means, by the name it has in the address.
def is_in_state(rows: Rows, value: str) -> Is:
    """Failed are those that need somebody."""
    return lambda job: job["state"] == value and not (value == "failed" and job["repaired_at"])


def is_repaired(rows: Rows, value: str) -> Is:
    meant = {"no": rows.need_somebody, "yes": rows.repaired, "any": rows.in_state("failed")}[value]
    return lambda job: job in meant


def is_of_a_repaired_job(rows: Rows, value: str) -> Is:
    repaired = {job["id"] for job in rows.repaired}
    return lambda message: (message["job_id"] in repaired) == (value == "yes")


def address_of(job: Row) -> str:
    """How a cause of failures is named in an address."""
    return str(job["cause"] or f"class:{job['error_class']}")


def failed_with(rows: Rows, value: str) -> Is:
    return lambda job: job["state"] == "failed" and address_of(job) == value


def failed_with_another(rows: Rows, value: str) -> Is:
    kind, address = value.split(" ")
    return lambda job: job["state"] == "failed" and (job["name"], address_of(job)) != (kind, address)


def is_of_an_ignored_cause(rows: Rows, value: str) -> Is:
    """One kind fails with a cause that is ignored, others with it too; this past ignores one of its own."""
    ignored = {(*IGNORED, ""), *rows.ignored}
    return lambda job: (job["state"] == "failed" and cause_of(job) in ignored) == (value == "yes")


IGNORED = ("tasks_app.tasks.envoi_email", "email.recipient_opted_out")
JOBS: dict[str, ByValue] = {
    "state": is_in_state,
    "repaired": is_repaired,
    "kind": column("name"),
    "cause": failed_with,
    "not_cause": failed_with_another,
    "ignored": is_of_an_ignored_cause,
    "queue": column("queue"),
    "origin": column("origin"),
    "trouble": is_one_of(unpublished=lambda rows: rows.unpublished, stuck=lambda rows: rows.stuck),
    "due": is_waiting,
}
# The parts that all emails add up to.
OUTCOMES = {
    "on_their_way": {"queued", "submitting"},
    "accepted": {"sent", "delivered", "bounced", "complained"},
    "not_sent": {"failed", "suppressed", "stopped"},
    "open": {"unknown"},
}


def came_to(rows: Rows, value: str) -> Is:
    return lambda message: message["state"] in OUTCOMES[value]


def is_to(rows: Rows, value: str) -> Is:
    """Also what went to their address without naming them."""
    address = Recipient.objects.get(pk=value).email.lower()
    return lambda message: (
        str(message["recipient_id"]) == value if message["recipient_id"] else message["to"].lower() == address
    )


def busiest(rows: Rows) -> list[str]:
    """Whom most was written to; the list offers nobody who was not asked for."""
    written = Counter(str(one["recipient_id"]) for one in rows.messages if one["recipient_id"])
    return [key for key, _count in written.most_common(3)]


MESSAGES: dict[str, ByValue] = {
    "state": column("state"),
    "outcome": came_to,
    "repaired": is_of_a_repaired_job,
    "template": column("template_id"),
    "recipient": is_to,
}
LISTS: dict[Any, tuple[str, dict[str, ByValue]]] = {
    Job: ("jobs", JOBS),
    Message: ("messages", MESSAGES),
    Report: ("reports", {"type": column("type"), "language": column("language")}),
}
RANGES = {"created_at", "ended_at"}


def offered(model: Any) -> dict[str, list[str]]:
    """Each filter of a list, with the values that it offers."""
    page = RequestFactory().get("/")
    page.user = user_of("admin@example.org")
    model_admin = admin.site._registry[model]
    values: dict[str, list[str]] = {}
    for one in model_admin.list_filter:
        if isinstance(one, tuple):
            assert one[0] in RANGES
        else:
            chosen: Any = one(page, {}, model, model_admin)
            values[chosen.parameter_name] = [str(value) for value, _label in chosen.lookup_choices]
    return values


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_each_filter_shows_as_many_rows_as_there_are(model: Any, rows: Rows) -> None:
    user = user_of("admin@example.org")
    field, meanings = LISTS[model]
    every: list[Row] = getattr(rows, field)
    filters = offered(model)
    assert filters.keys() == meanings.keys()
    if model is Job:
        kind, cause = IGNORED
        FailureGroup.objects.filter(kind=kind, cause=cause).update(status=FailureStatus.IGNORED)
        assert filters["cause"] == []
        filters["cause"] = sorted({address_of(job) for job in rows.in_state("failed")})
        assert filters["not_cause"] == []
        failed = {f"{job['name']} {address_of(job)}" for job in rows.in_state("failed")}
        filters["not_cause"] = sorted(failed)[:5]
    if model is Message:
        assert filters["recipient"] == []
        filters["recipient"] = busiest(rows)
    for name, values in filters.items():
        assert values, name
        for value in values:
            holds = meanings[name](rows, value)
            assert counted(user, model, **{name: value}) == sum(map(holds, every)), f"{name}={value}"
    assert counted(user, model) == len(every)


def test_the_states_of_a_list_add_up_to_all_of_it(rows: Rows) -> None:
    user = user_of("admin@example.org")
    for model, parts in ((Job, "state"), (Message, "state"), (Message, "outcome")):
        values = offered(model)[parts]
        found = [counted(user, model, **{parts: value}) for value in values]
        if model is Job:  # beside those that failed and need somebody
            found.append(counted(user, Job, repaired="yes"))
        assert sum(found) == counted(user, model)


def test_days_of_a_list_are_those_of_the_office(rows: Rows) -> None:
    user, today = user_of("admin@example.org"), day_of(rows.now)
    for model, (field, _filters) in LISTS.items():
        for days in (0, 1, 6, 13):
            day = today - days * DAY
            made = [row for row in getattr(rows, field) if day_of(row["created_at"]) == day]
            asked = {"created_at_from": day, "created_at_to": day}
            assert counted(user, model, **asked) == len(made), (model, day)


def test_the_numbers_above_the_jobs_are_those_of_the_lists_they_lead_to(
    rows: Rows, opened: Callable[[str], Client]
) -> None:
    user = user_of("support@example.org")
    page = opened("support@example.org").get(reverse("admin:tasks_app_job_changelist"))
    for chip in page.context["state_chips"]:
        if not chip.get("count"):
            continue
        state = chip["query"].rpartition("=")[2]
        there = len(rows.in_state(state))
        assert numbers_in(chip["count"]) == [min(there, 99)]
        assert counted(user, Job, state=state) == there
    without = {one["query"].rpartition("=")[2] for one in page.context["state_chips"] if not one.get("count")}
    assert not [
        state for state in ("waiting", "running", "unknown") if state in without and rows.in_state(state)
    ]


@pytest.mark.parametrize(
    "narrowed", ["queue=default", "kind=tasks_app.tasks.envoi_email", "q=example", "o=1"]
)
@pytest.mark.parametrize("page", ["tasks_app_job", "tasks_app_failuregroup"])
def test_what_stands_above_a_narrowed_list_is_true_of_it(
    page: str, narrowed: str, rows: Rows, opened: Callable[[str], Client]
) -> None:
    user, place = user_of("support@example.org"), reverse(f"admin:{page}_changelist")
    shown = opened(user.username).get(f"{place}?{narrowed}")
    for chip in shown.context["state_chips"]:
        if said := chip.get("count"):
            count = counted_at(user, f"{place}{chip['query']}")
            assert min(count or 0, 99) == min(numbers_in(said)[0], 99), chip
