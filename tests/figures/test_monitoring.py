"""Queues & workers, /metrics and `manage.py doctor`, against rows counted by hand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from backoffice.health import CHECKS
from tasks_app.admin.queues.page import figures
from tasks_app.models import HourTally, Tally
from tasks_app.monitor import queue_status
from tasks_app.monitor.health import Cost, run
from tests.figures.by_hand import Row, Rows, by, states_of
from tests.figures.past import DAY, HOUR, SECOND
from tests.figures.reading import numbers_in
from tests.figures.test_dashboard import slow_queues, waiting_by_hand

TOKEN = "0123456789abcdef"

# --- the page of queues and workers ----------------------------------------------------------------


def test_no_part_of_the_page_of_queues_goes_uncounted(rows: Rows) -> None:
    counted = {"queues", "workers", "silent_workers", "others", "without_job"}
    assert figures().keys() == {"now", "broker", *counted}


def test_each_card_says_what_waits_and_runs(rows: Rows, opened: Callable[[str], Client]) -> None:
    page = unescape(opened("support@example.org").get(reverse("admin:queues")).content.decode())
    of_queues = page.partition('id="workers-title"')[0]
    cards = dict(re.findall(r"<h3[^>]*>(.*?)</h3>(.*?)</li>", of_queues, re.DOTALL))
    assert cards.keys() == rows.queue_names
    for name, card in cards.items():
        words = re.sub(r"<[^>]+>", " ", card)
        waiting = re.search(r"Waiting\s+(\S+)\s+(?:of which (\S+) not due yet\s+)?Running\s+(\S+)", words)
        assert waiting is not None, words
        said = (waiting[1], waiting[2] or "0", int(waiting[3]))
        assert said == waiting_by_hand(rows, name), name
        workers = len(rows.workers_of(name))
        assert re.search(rf"\b{workers} workers?\b" if workers else "No worker takes from it", words), words


def test_the_page_counts_the_nodes_and_the_messages_that_left_no_job(
    rows: Rows, opened: Callable[[str], Client]
) -> None:
    context = opened("support@example.org").get(reverse("admin:queues")).context
    presence = [seen.presence for part in ("workers", "silent_workers", "others") for seen in context[part]]
    lately = [node for node in rows.nodes if node["beat_at"] >= rows.now - DAY]
    assert len(presence) == len(lately)
    assert presence.count("alive") == len(rows.alive)
    assert presence.count("stopped") == sum(node["stopped_at"] is not None for node in lately)
    week = [row for row in rows.left_no_job if row["hour"] >= rows.now - 7 * DAY]
    by_reason = by(week, lambda row: row["reason"])
    assert [one.count for one in context["without_job"]] == [
        sum(row["count"] for row in by_reason[reason]) for reason in sorted(by_reason)
    ]


# --- /metrics --------------------------------------------------------------------------------------


def metrics_by_hand(rows: Rows) -> dict[str, dict[tuple[str, ...], float]]:
    """Each metric of ours: what its labels say, and its value."""
    recent = [one for one in rows.messages if one["created_at"] >= rows.now - HOUR]
    written = states_of(recent)
    unfinished = by(rows.in_state("waiting", "running", "unknown"), lambda job: (job["name"], job["state"]))
    due = [job for job in rows.in_state("waiting") if rows.is_due(job)]
    there = [node for node in rows.nodes if not node["stopped_at"] and node["beat_at"] >= rows.now - HOUR]
    age: dict[tuple[str, ...], float] = {
        (node["kind"], node["name"]): (rows.now - node["beat_at"]).total_seconds() for node in there
    }
    late = [one["next_slot"] for one in rows.options if one["next_slot"] and one["next_slot"] <= rows.now]
    return {
        "backoffice_jobs": {key: len(some) for key, some in unfinished.items()},
        "backoffice_queue_jobs": each_queue(rows, lambda name: sum(job["queue"] == name for job in due)),
        "backoffice_queue_workers": each_queue(rows, lambda name: len(rows.workers_of(name))),
        "backoffice_queue_paused": each_queue(rows, lambda name: int(name in rows.paused)),
        "backoffice_jobs_unpublished": {(): len(rows.unpublished)},
        "backoffice_jobs_stuck": {(): len(rows.stuck)},
        "backoffice_jobs_unknown": {(): len(rows.in_state("unknown"))},
        "backoffice_clock_lateness_seconds": {(): (rows.now - min(late)).total_seconds()},
        "backoffice_messages_without_job_recent": {
            (reason,): sum(row["count"] for row in rows.left_no_job_lately if row["reason"] == reason)
            for reason in ("flood", "pruned")
        },
        "backoffice_emails_recent": {(state,): written[state] for state in message_states()},
        "backoffice_emails_unknown": {(): sum(one["state"] == "unknown" for one in rows.messages)},
        "backoffice_emails_held": {(): 1},
        "backoffice_node_heartbeat_age_seconds": age,
        "backoffice_clock_last_look_age_seconds": {
            (name,): seconds for (kind, name), seconds in age.items() if kind == "clock"
        },
        "backoffice_clock_failing_steps": {(name,): 0 for kind, name in age if kind == "clock"},
        "backoffice_node_clock_ahead_seconds": dict.fromkeys(age, 0),
        "backoffice_node_disk_free_bytes": {
            (node["kind"], node["name"]): node["details"]["disk_free_mib"] * 2**20
            for node in there
            if "disk_free_mib" in node["details"]
        },
        "backoffice_nodes": {
            (kind,): sum(node["kind"] == kind for node in rows.alive) for kind in ("worker", "clock", "web")
        },
        "backoffice_broker_up": {(): 0},  # there is none
    }


# What they say is compared elsewhere, or is no count of rows.
OTHERS = {
    "backoffice_info",
    "backoffice_check_level",
    "backoffice_queue_oldest_seconds",
    "backoffice_jobs_ended",
    "backoffice_job_duration_seconds",
    "backoffice_search_lag_seconds",
    "backoffice_search_filled",
}


def message_states() -> list[str]:
    from backoffice.models import MessageState

    return [state.value for state in MessageState]


def each_queue(rows: Rows, count: Callable[[str], float]) -> dict[tuple[str, ...], float]:
    return {(name,): count(name) for name in rows.queue_names}


def test_each_metric_is_what_the_rows_say(rows: Rows, client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    families = {one.name: one for one in text_string_to_metric_families(answer.content.decode())}
    expected = metrics_by_hand(rows)
    assert families.keys() - OTHERS == expected.keys()
    for name, values in expected.items():
        # By the values of its labels, in the order of their names.
        said = {
            tuple(one.labels[label] for label in sorted(one.labels)): one.value
            for one in families[name].samples
        }
        assert said == pytest.approx(values), name


def test_what_the_clock_has_counted_by_the_hour_is_what_ended_in_it(rows: Rows) -> None:
    counted = list(HourTally.objects.values())
    assert counted
    for tally in counted:
        end = tally["hour"] + HOUR
        reached = rows.now - 50 * 60 * SECOND - 30 * SECOND  # up to where the clock had looked
        assert tally["count"] == rows.ended(tally["outcome"], tally["hour"], min(end, reached))


def test_what_is_counted_from_the_first_job_on_is_what_the_past_was_made_with(rows: Rows) -> None:
    """What was written beside it afterwards came too late: the clock had looked beyond."""
    reached = rows.now - 30 * SECOND
    ended = [job for job in rows.jobs if job["ended_at"] and job["ended_at"] <= reached]
    made = [(job["name"], job["state"]) for job in ended if job["message"]]
    assert {(one.kind, one.outcome): one.count for one in Tally.objects.all()} == Counter(made)


# --- what is checked -------------------------------------------------------------------------------


def checks_by_hand(rows: Rows) -> dict[str, list[list[int]]]:
    """The numbers that each check says where all is not well."""
    return {
        "queues": slow_queues(rows),
        "unpublished": [[len(rows.unpublished)]],
        "stuck": [[len(rows.stuck)]],
        "unknown": [[len(rows.in_state("unknown"))]],
        "unknown_emails": [[sum(one["state"] == "unknown" for one in rows.messages)]],
        "schedules": [[count] for count in (len(rows.invalid), len(rows.late)) if count],
        "owners": [[len(rows.left_behind)]],
        "silent": [[len(rows.silent)]],
        "room": [[70]],
    }


# These say names and moments, not how many there are.
WITHOUT_FIGURES = {
    "database", "migrations", "workers", "clock", "versions", "clocks", "zones", "held_emails", "demo",
    "factors", "encryption_keys", "settings_file", "letters", "search_index", "search_filling",
    "quiet_periods",
}  # fmt: skip


def test_each_check_says_the_number_that_there_are(rows: Rows) -> None:
    expected = checks_by_hand(rows)
    said: dict[str, list[list[int]]] = {}
    for check, findings in run([one for one in CHECKS if one.cost is Cost.ROWS], rows.now):
        assert (check.key in expected) != (check.key in WITHOUT_FIGURES), check.key
        sentences = [re.sub(r"has waited for .*", "", one.sentence) for one in findings if one.remedy]
        if check.key in expected:
            said[check.key] = [numbers_in(sentence) for sentence in sentences]
    assert said == {key: numbers for key, numbers in expected.items() if numbers != [[0]]}


def test_the_longest_wait_of_a_queue_is_that_of_its_oldest_due_job(rows: Rows) -> None:
    from tests.figures.test_dashboard import since_when

    for queue in queue_status.queues(rows.now):
        due: list[Row] = [
            job for job in rows.in_state("waiting") if job["queue"] == queue.name and rows.is_due(job)
        ]
        assert queue.oldest == (rows.now - min(map(since_when, due)) if due else None)
