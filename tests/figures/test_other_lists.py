"""Schedules, results, sign-ins and the audit log: what each list shows, against rows counted by hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client, RequestFactory
from django.urls import reverse
from django_celery_beat.models import PeriodicTask
from django_celery_results.models import TaskResult

from backoffice.models import Recipient, SignIn
from tasks_app.audit.entries import written
from tasks_app.models import ScheduleOwner, ScheduleTrouble
from tasks_app.notices import Notice, wording_of
from tests.figures.by_hand import Row, Rows, day_of
from tests.figures.lists import counted
from tests.figures.past import DAY, user_of

pytestmark = pytest.mark.once

type Holds = Callable[[Rows, Row, str], bool]


def is_(column: str) -> Holds:
    return lambda rows, row, value: str(row[column]) == value


def is_in_trouble(rows: Rows, schedule: Row, value: str) -> bool:
    if value == "any":
        return ScheduleTrouble.objects.filter(schedule=schedule["id"], ended_at=None).exists()
    if value == "owner":
        owned = ScheduleOwner.objects.filter(schedule=schedule["id"]).select_related("owner").first()
        return owned is None or not (owned.is_system or (owned.owner and owned.owner.is_active))
    found = {"invalid": rows.invalid, "late": rows.late, "left": rows.left_behind}[value]
    return schedule["id"] in {options["schedule_id"] for options in found}


@dataclass(frozen=True)
class ListOfRows:
    """A list, the column of its days (if any), and what each value of its filters means."""

    model: Any
    day: str
    meanings: dict[str, Holds]

    @property
    def rows(self) -> list[Row]:
        return list(self.model._base_manager.values())


SCHEDULES = ListOfRows(
    PeriodicTask, "", {"enabled": is_("enabled"), "kind": is_("task"), "trouble": is_in_trouble}
)
RESULTS = ListOfRows(TaskResult, "date_done", {"status": is_("status"), "kind": is_("task_name")})
SIGN_INS = ListOfRows(
    SignIn, "at", {"success__exact": lambda rows, row, value: row["success"] == (value == "1")}
)
# What was done, by the codes of the notices that an entry begins with.
DONE = {
    "launched": "job_launched schedule_run_now schedule_run_changed schedules_run_now",
    "rerun": "job_run_again job_run_again_all_the_same job_corrected job_corrected_all_the_same"
    " jobs_run_again message_sent_again schedule_made_up",
    "cancelled": "job_cancelled job_cancelled_because job_asked_to_stop job_asked_to_stop_because"
    " jobs_cancelled jobs_cancelled_because"
    " jobs_cancelled_in_steps job_cancelled_in_steps job_asked_in_steps",
    "settled": "job_settled jobs_settled message_arrived message_left_unsent",
    "paused": "queue_paused queue_paused_because queue_paused_until queue_paused_until_because"
    " queue_pause_changed queue_resumed queue_resumed_by_itself schedule_paused schedule_resumed"
    " schedules_paused schedules_resumed",
    "workers": "worker_to_finish worker_to_finish_because worker_to_go_on",
    "batches": "batch_begun batch_started batch_started_including batch_paused batch_resumed batch_stopped"
    " batch_item_corrected",
    "causes": "cause_known cause_repaired cause_ignored cause_opened"
    " causes_known causes_repaired causes_ignored causes_opened",
    "released": "suppression_lifted hold_probed",
    "alerts": "alert_tested",
    "imported": "list_imported schedule_imported schedules_imported calendar_imported",
    "upkeep": "cleaned_up reconciled restored resealed seeded demo_made demo_removed"
    " first_superuser history_made",
    "switched": "schedule_switched_on schedule_switched_off schedules_switched_on schedules_switched_off",
    "filled_in": "schedule_fill_in_begun schedule_fill_in_stopped",
    "audiences": "audience_chosen audience_unchosen audience_uploaded",
    "mailings": "mailing_taken_down mailing_approved mailing_approval_withdrawn mailing_sent mailing_paused "
    "mailing_resumed mailing_stopped",
    "held": "report_held report_released",
    "made_again": "report_made_again",
    "subscriptions": "subscribed subscription_changed subscription_ended subscription_goes_on"
    " subscription_kept subscription_left subscription_handed_over reader_opted_out",
    "questions": "question_written question_approved question_sent_back question_withdrawn question_asked",
    "favourites": "report_favourite report_no_favourite",
    "answered_for": "schedule_promised schedule_promise_taken_back schedule_handed_over"
    " schedule_given_to_the_system schedule_followed schedule_not_followed"
    " schedule_feed_given schedule_feed_taken_back",
    "added": "added schedule_added",
    "changed": "changed schedule_changed schedule_edited saved_unchanged part_added part_changed part_deleted"
    " schedules_retimed schedule_put_back schedule_put_back_because",
    "deleted": "deleted deleted_together schedule_deleted report_deleted report_deleted_because",
    "taken": "downloaded downloaded_to_read exported jobs_exported schedules_exported backed_up",
    "sign_in": "second_factor_set_up second_factor_off second_factor_reset recovery_codes_made"
    " sign_in_lock_lifted groups_by_single_sign_on password_changed password_chosen_by_link",
}


def was_done(rows: Rows, entry: Row, value: str) -> bool:
    """Entries that Django or an older version wrote say nothing of it."""
    text = entry["change_message"]
    kept = json.loads(text) if text.startswith("[") else []
    code = kept[0].get("notice", {}).get("code", "") if kept else ""
    return code.removeprefix("audit.") in DONE[value].split()


AUDIT = ListOfRows(
    LogEntry,
    "action_time",
    {
        "action_flag__exact": is_("action_flag"),
        "user__id__exact": is_("user_id"),
        "thing": is_("content_type_id"),
        "done": was_done,
    },
)
LISTS = [SCHEDULES, RESULTS, SIGN_INS, AUDIT]
EVERY = pytest.mark.parametrize("which", LISTS, ids=lambda which: which.model.__name__)
# Django's own filters: they are made of the request, and offer each value of their column.
OF_THE_COLUMN: dict[str, Callable[[Row], Any]] = {
    "success__exact": lambda row: int(row["success"]),
    "action_flag__exact": lambda row: row["action_flag"],
    "user__id__exact": lambda row: row["user_id"],
}


def values_of(which: ListOfRows, name: str) -> Iterable[str]:
    if name in OF_THE_COLUMN:
        return {str(OF_THE_COLUMN[name](row)) for row in which.rows}
    return own_filters(which.model)[name]


def own_filters(model: Any) -> dict[str, list[str]]:
    """Those that are ours, with the values that they offer."""
    asked = RequestFactory().get("/")
    asked.user = user_of("admin@example.org")
    page = admin.site._registry[model]
    made: list[Any] = [one(asked, {}, model, page) for one in page.list_filter if not isinstance(one, tuple)]
    return {one.parameter_name: [str(value) for value, _label in one.lookup_choices] for one in made}


@EVERY
def test_each_filter_shows_as_many_rows_as_there_are(which: ListOfRows, rows: Rows) -> None:
    user, every = user_of("admin@example.org"), which.rows
    assert counted(user, which.model) == len(every) > 10
    assert set(own_filters(which.model)) <= set(which.meanings)
    for name, holds in which.meanings.items():
        shown = {
            value: counted(user, which.model, **{name: value}) for value in sorted(values_of(which, name))
        }
        assert shown == {value: sum(holds(rows, row, value) for row in every) for value in shown}, name
        assert any(shown.values()), name


def test_each_thing_that_can_be_done_is_found_by_its_filter(rows: Rows) -> None:
    """One entry of each code, all of which the product can say."""
    user = user_of("admin@example.org")
    for codes in DONE.values():
        for code in codes.split():
            assert wording_of(f"audit.{code}"), code
            LogEntry.objects.create(
                user=user, action_flag=CHANGE, change_message=written(Notice(f"audit.{code}", {}))
            )
    shown = {value: counted(user, LogEntry, done=value) for value in DONE}
    assert shown == {value: sum(was_done(rows, row, value) for row in AUDIT.rows) for value in DONE}
    assert DONE.keys() == set(own_filters(LogEntry)["done"])


@pytest.mark.parametrize(
    ("which", "name"),
    [(SCHEDULES, "enabled"), (RESULTS, "status"), (SIGN_INS, "success__exact"), (AUDIT, "user__id__exact")],
    ids=lambda one: one if isinstance(one, str) else one.model.__name__,
)
def test_the_parts_of_a_list_add_up_to_all_of_it(which: ListOfRows, name: str, rows: Rows) -> None:
    user = user_of("admin@example.org")
    parts = [counted(user, which.model, **{name: value}) for value in values_of(which, name)]
    assert sum(parts) == counted(user, which.model)


@pytest.mark.parametrize("which", [one for one in LISTS if one.day], ids=lambda which: which.model.__name__)
def test_days_of_a_list_are_those_of_the_office(which: ListOfRows, rows: Rows) -> None:
    user, today, every = user_of("admin@example.org"), day_of(rows.now), which.rows
    seen = 0
    for days in (0, 1, 2, 6, 13):
        day = today - days * DAY
        there = [row for row in every if row[which.day] and day_of(row[which.day]) == day]
        shown = counted(user, which.model, **{f"{which.day}_from": day, f"{which.day}_to": day})
        assert shown == len(there), day
        seen += shown
    assert seen


# --- the list of schedules -----------------------------------------------------------------------


def cells(page: Any, column: str) -> dict[str, str]:
    """What a column says of each schedule, by its name."""
    cl = page.context["cl"]
    own = cl.model_admin
    return {row.name: str(getattr(own, column)(row)) for row in cl.result_list}


def test_a_schedule_says_its_problem_its_last_slot_and_its_next_run(
    rows: Rows, opened: Callable[[str], Client]
) -> None:
    page = opened("admin@example.org").get(reverse("admin:django_celery_beat_periodictask_changelist"))
    by_id = {row["id"]: row for row in rows.schedules}
    options = {row["schedule_id"]: row for row in rows.options}
    invalid = {name for name, said in cells(page, "problem").items() if said}
    assert invalid == {by_id[key]["name"] for key, row in options.items() if row["invalid"] and key in by_id}
    with_next = {name for name, said in cells(page, "next_run").items() if said != "–"}
    assert with_next == {by_id[row["schedule_id"]]["name"] for row in rows.with_next_run}


# --- sign-ins --------------------------------------------------------------------------------------


def test_a_sign_in_says_when_and_what_came_of_it(rows: Rows, opened: Callable[[str], Client]) -> None:
    page = opened("admin@example.org").get(reverse("admin:backoffice_signin_changelist"))
    shown = Counter(attempt.success for attempt in page.context["cl"].result_list)
    newest = sorted(SIGN_INS.rows, key=lambda row: (row["at"], row["id"]), reverse=True)[: shown.total()]
    assert shown == Counter(row["success"] for row in newest)


# --- an import -------------------------------------------------------------------------------------


def test_the_figures_of_an_import_are_the_rows_that_it_leaves(
    rows: Rows, opened: Callable[[str], Client], tmp_path: Any
) -> None:
    before = {row["email"]: row for row in Recipient.objects.values()}
    known = sorted(before)[:3]
    lines = [
        "email,name,company,language,active",
        *(f"new{number}@example.org,New {number},,fr," for number in range(7)),
        f"{known[0]},Renamed Example,,,",
        f"{known[1]},,,,",  # empty cells change nothing
        ",,,,",
        "no address,Nobody,,,",
        "new3@example.org,Twice,,,",
    ]
    file = tmp_path / "list.csv"
    file.write_text("\n".join(lines) + "\n")
    client = opened("staff@example.org")
    with file.open("rb") as given:
        seen = client.post(reverse("admin:backoffice_recipient_import"), {"import_file": given}).context
    figures = {name: seen["figures"][name] for name in ("new", "changed", "same", "rejected", "blank")}
    assert figures == {"new": 7, "changed": 1, "same": 1, "rejected": 2, "blank": 1}
    assert sum(figures.values()) == seen["lines"] == len(lines) - 1
    assert [len(seen["accepted_rows"]), len(seen["rejected_rows"])] == [7 + 1, 2]
    client.post(reverse("admin:backoffice_recipient_process_import"), {"list": seen["people"].pk})
    after = {row["email"]: row for row in Recipient.objects.values()}
    assert len(after) - len(before) == figures["new"]
    changed = [email for email, row in before.items() if after[email]["name"] != row["name"]]
    assert changed == [known[0]]
