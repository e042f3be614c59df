"""A job and its re-runs: each learns how its work ended after all, in whatever order they end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from itertools import permutations, product
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_app import control, launching
from tasks_app.db import shared_time
from tasks_app.errors import RunAgainRefused
from tasks_app.ledger import causes, transitions
from tasks_app.ledger.failure import because
from tasks_app.ledger.lost_run import lose
from tasks_app.ledger.refused_message import fail_its_job
from tasks_app.ledger.reruns import tell_family, why_not_again
from tasks_app.models import Job, State
from tasks_app.retention.prunables import old_jobs
from tasks_app.worker.result_writer import tell_that_lost
from tests.engine.families import a_job, again, begin, end, finish, told
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)

FAILED, SUCCEEDED, CANCELLED, UNKNOWN = State.FAILED, State.SUCCEEDED, State.CANCELLED, State.UNKNOWN


@pytest.fixture(autouse=True)
def _broker(broker: RedisServer) -> None:
    """Launches publish."""


def needing() -> set[str]:
    return set(Job.objects.unrepaired().values_list("pk", flat=True))


# --- What is told ------------------------------------------------------------------------------


def test_the_success_of_a_rerun_of_a_rerun_repairs_all_before_it() -> None:
    first = a_job()
    second = again(first, FAILED)
    assert needing() == {first.pk, second.pk}
    third = again(second, SUCCEEDED)
    assert told(first) == told(second) == (third.pk, SUCCEEDED, True)
    assert told(third) == (None, None, False)
    assert needing() == set()
    assert set(Job.objects.repaired()) == {first, second}


@pytest.mark.parametrize("state", [FAILED, CANCELLED, UNKNOWN])
def test_another_end_is_told_and_repairs_nothing(state: State) -> None:
    first = a_job()
    second = again(first)
    assert told(first) == (second.pk, State.WAITING, False)
    end(second, state)
    assert told(first) == (second.pk, state, False)
    assert first.pk in needing()


@pytest.mark.parametrize(("state", "repaired"), [(SUCCEEDED, True), (FAILED, False)])
def test_an_unknown_outcome_counts_once_it_is_settled(state: State, repaired: bool) -> None:
    first = a_job()
    second = again(first, UNKNOWN)
    assert told(first) == (second.pk, UNKNOWN, False)
    assert control.settle(second, state, by=None)
    assert told(first) == (second.pk, state, repaired)


def test_one_that_failed_after_another_succeeded_needs_somebody_and_spoils_no_repair() -> None:
    first = a_job()
    quick, slow = again(first), again(first, all_the_same=True)
    end(quick, SUCCEEDED)
    end(slow, FAILED)
    assert told(first) == (quick.pk, SUCCEEDED, True)
    assert told(quick)[0] == slow.pk
    assert needing() == {slow.pk}


def test_a_second_rerun_of_the_first_repairs_the_one_that_failed_before_it() -> None:
    first = a_job()
    second = again(first, FAILED)
    third = again(first, SUCCEEDED)
    assert told(second) == (third.pk, SUCCEEDED, True)
    assert needing() == set()


SIDE_BY_SIDE = [FAILED, SUCCEEDED, UNKNOWN, SUCCEEDED]


@pytest.mark.sweep
@pytest.mark.parametrize("states", sorted(set(product(SIDE_BY_SIDE[:3], repeat=3))))
def test_what_is_told_does_not_depend_on_the_order_of_ends(states: tuple[State, ...]) -> None:
    """Of those launched later the last that succeeded counts, else the last; counted here by hand."""
    for order in permutations(range(3)):
        first = a_job()
        reruns = [again(first, all_the_same=True) for _ in states]
        tokens = [begin(one) for one in reruns]
        for index in order:
            finish(reruns[index], tokens[index], states[index])
        for place, one in enumerate([first, *reruns]):
            later: list[Any] = list(zip(reruns, states, strict=True))[place:]
            good = [pair for pair in later if pair[1] == SUCCEEDED]
            counts, state = (good or later or [(None, None)])[-1]
            assert told(one) == (counts.pk if counts else None, state, bool(good)), (order, place)


def test_the_ends_that_no_run_writes_are_told_too() -> None:
    first = a_job()
    lost = again(first)
    token = begin(lost)
    Job.objects.filter(pk=lost.pk).update(deaths=9)
    assert lose(lost.pk, token, "gone", tell_that_lost)
    assert told(first) == (lost.pk, FAILED, False)
    unreadable = again(first)
    assert fail_its_job(unreadable.pk, ValueError("not JSON"))
    assert told(first) == (unreadable.pk, FAILED, False)
    replaced = again(first)
    assert transitions.await_replacement(replaced.pk, begin(replaced))
    assert told(first) == (replaced.pk, State.WAITING, False)
    assert transitions.fail_awaiting_replacement(replaced.pk, because(causes.NOTHING_TO_DO()))
    tell_family(replaced.pk)
    assert told(first) == (replaced.pk, FAILED, False)


def test_a_job_that_was_replaced_in_its_run_is_told_though_its_message_is_another() -> None:
    first = a_job()
    second = again(first)
    headers = {**second.message["headers"], "replaced_task_nesting": 1}
    del headers["job_family"]
    Job.objects.filter(pk=second.pk).update(message={**second.message, "headers": headers})
    token = "t"
    Job.objects.filter(pk=second.pk).update(state=State.RUNNING, token=token)
    finish(second, token, SUCCEEDED)
    assert told(first) == (second.pk, SUCCEEDED, True)


def test_a_rerun_counts_as_later_though_the_clock_went_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = a_job()
    hour_ago = timezone.now() - timedelta(hours=1)
    monkeypatch.setattr(shared_time, "now", lambda: hour_ago)
    second = again(first)
    assert second.created_at > first.created_at
    assert told(first)[0] == second.pk


# --- Retention -----------------------------------------------------------------------------------


def prune(*jobs: Job) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(ended_at=long_ago)
    found = old_jobs(timezone.now() - timedelta(days=90))
    assert {job.pk for job in found} == {job.pk for job in jobs}
    Job.objects.filter(pk__in=[job.pk for job in found]).delete()


def test_a_repaired_job_stays_repaired_when_its_repair_is_pruned() -> None:
    first = a_job()
    second = again(first, SUCCEEDED)
    prune(second)
    assert told(first) == (second.pk, SUCCEEDED, True)
    assert why_not_again([first])[first.pk].code == causes.RERUN_SUCCEEDED.code


def test_the_first_is_told_though_the_one_between_is_pruned() -> None:
    first = a_job()
    second = again(first, FAILED)
    third = again(second)
    prune(second)
    third.refresh_from_db()
    assert (third.rerun_of, third.family) == (None, first.pk)
    end(third, SUCCEEDED)
    assert told(first) == (third.pk, SUCCEEDED, True)


def test_the_last_ends_well_though_all_before_it_are_pruned() -> None:
    first = a_job()
    second = again(first)
    prune(first)
    assert end(second, SUCCEEDED).repaired_at is None


def test_a_rerun_that_vanished_before_its_end_holds_nobody_up() -> None:
    first = a_job()
    again(first).delete()
    assert why_not_again([first]) == {}


# --- Run again, once -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (None, causes.RERUN_WAITS),
        (UNKNOWN, causes.RERUN_UNKNOWN),
        (SUCCEEDED, causes.RERUN_SUCCEEDED),
    ],
)
def test_what_was_run_again_is_not_repeated_without_another_word(state: State | None, why: Any) -> None:
    first = a_job()
    second = again(first, state)
    with pytest.raises(RunAgainRefused) as refused:
        launching.rerun(first)
    assert (refused.value.code, refused.value.notice.params["id"]) == (why.code, second.pk)
    assert again(first, all_the_same=True).rerun_of == first


def test_one_that_runs_is_named_as_running() -> None:
    first = a_job()
    begin(again(first))
    with pytest.raises(RunAgainRefused, match="is running"):
        launching.rerun(first)


@pytest.mark.parametrize("state", [FAILED, CANCELLED])
def test_after_a_rerun_that_did_not_succeed_it_runs_again(state: State) -> None:
    first = a_job()
    again(first, state)
    assert again(first).rerun_of == first


def test_one_that_is_open_holds_up_though_a_later_one_has_failed() -> None:
    first = a_job()
    slow = again(first)
    again(first, FAILED, all_the_same=True)
    with pytest.raises(RunAgainRefused, match=slow.pk):
        launching.rerun(first)


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """What each came to, an error where it raised one; all begin together."""
    start, found = threading.Barrier(len(work)), [None] * len(work)

    def one(index: int) -> None:
        try:
            start.wait()
            found[index] = work[index]()
        except Exception as error:
            found[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(index,)) for index in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_two_people_at_once_run_it_again_once() -> None:
    first = a_job()
    answers = at_once(*[lambda: launching.rerun(Job.objects.get(pk=first.pk))] * 4)
    assert sum(isinstance(one, Job) for one in answers) == 1, answers
    assert sum(isinstance(one, RunAgainRefused) for one in answers) == 3, answers
    assert Job.objects.filter(family=first.pk).count() == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_whole_family_ends_at_once_and_nobody_waits_for_ever(seed: int) -> None:
    """On PostgreSQL each end holds its own row and wants those before it; launches lock the same rows."""
    first = a_job()
    reruns = [again(first, all_the_same=True) for _ in range(6)]
    tokens = [begin(one) for one in reruns]
    states = [SUCCEEDED if (seed + place) % 3 == 0 else FAILED for place in range(6)]

    def ending(place: int) -> Callable[[], None]:
        return lambda: finish(reruns[place], tokens[place], states[place])

    launches = [lambda: launching.rerun(Job.objects.get(pk=first.pk), all_the_same=True).pk] * 2
    answers = at_once(*[ending(place) for place in range(6)], *launches)
    assert not [one for one in answers if isinstance(one, Exception)]
    later = Job.objects.filter(family=first.pk).order_by("created_at")
    good = [one.pk for one in later if one.state == SUCCEEDED]
    assert told(first) == (good[-1], SUCCEEDED, True)


# --- What others pay -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", [SUCCEEDED, FAILED, CANCELLED])
def test_the_end_of_a_job_that_is_no_rerun_asks_nothing_of_its_family(state: State) -> None:
    job = a_job(None)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        end(job, state)
    assert not [one for one in asked.captured_queries if "rerun_launched_at =" in one["sql"]]


def test_the_end_of_a_rerun_tells_its_family_in_one_statement() -> None:
    first = a_job()
    second = again(first)
    with CaptureQueriesContext(connection) as asked:
        end(second, SUCCEEDED)
    assert len([one for one in asked.captured_queries if "rerun_launched_at =" in one["sql"]]) == 1


# --- What was there before -------------------------------------------------------------------------


@pytest.fixture
def migration() -> Any:
    return import_module("tasks_app.migrations.0009_families_of_reruns")


class Editor:
    """What the migration asks of a schema editor."""

    connection = connection


def forget() -> None:
    Job.objects.update(family=None, rerun_id=None, rerun_state=None, rerun_launched_at=None, repaired_at=None)


@pytest.fixture
def chains() -> dict[str, tuple[Any, ...]]:
    """Families of several shapes, as the ledger leaves them, which are then forgotten."""
    for states in ([SUCCEEDED], [FAILED, SUCCEEDED], [CANCELLED], [FAILED, FAILED, None], [UNKNOWN]):
        last = a_job()
        for state in states:
            last = again(last, state)
    aside = a_job()
    again(aside, SUCCEEDED)
    again(aside, FAILED, all_the_same=True)
    a_job()
    known = rows()
    forget()
    return known


def rows() -> dict[str, tuple[Any, ...]]:
    return {
        job.pk: (job.family, job.rerun_id, job.rerun_state, job.rerun_launched_at, bool(job.repaired_at))
        for job in Job.objects.all()
    }


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_families_from_before_are_found_and_told_and_a_second_time_changes_nothing(
    migration: Any, chains: dict[str, tuple[Any, ...]], batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "BATCH", batch)
    for _time in range(2):
        migration.find_families(apps, Editor)
        migration.tell_families(apps, Editor)
        assert rows() == chains


def test_a_family_that_was_not_written_yet_is_found_by_climbing() -> None:
    first = a_job()
    second = again(first, FAILED)
    forget()
    second = Job.objects.get(pk=second.pk)
    assert launching.rerun(second).family == first.pk
