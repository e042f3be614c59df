"""What people decide about a cause, who was faster, and what a run has to say to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet

from tasks_app.failures.deciding import Decision, decide
from tasks_app.failures.figures import look
from tasks_app.failures.forgetting import old_groups
from tasks_app.models import FailureDecision, FailureGroup, FailureStatus, Job
from tasks_app.models.failure_group import still_known, to_look_at
from tasks_app.retention.prunables import PRUNABLES, remove_jobs
from tasks_app.retention.prune import prune
from tests.failures.work import FOREIGN, OPTED_OUT, Time, fail, repair, shown, the_clock_counts, the_group

pytestmark = pytest.mark.django_db
REPAIRED = Decision(FailureStatus.REPAIRED, "The template is mended.", release="1.2.3")


def say(decision: Decision, by: Any = None) -> bool:
    group = the_group()
    return decide(group, decision, by=by, seen=group.revision)


def a_cause(time: Time) -> FailureGroup:
    fail(time.ago(minutes=5))
    the_clock_counts(time)
    return the_group()


def test_the_second_of_two_changes_nothing(time: Time, admin_user: User) -> None:
    seen = a_cause(time).revision
    assert decide(the_group(), REPAIRED, by=admin_user, seen=seen)
    assert not decide(the_group(), Decision(FailureStatus.IGNORED), by=admin_user, seen=seen)
    assert the_group().status == FailureStatus.REPAIRED
    assert FailureDecision.objects.count() == 1


@pytest.mark.parametrize("counted", [True, False])
def test_a_repaired_cause_opens_again_and_says_which_run_disproved_it(time: Time, *, counted: bool) -> None:
    a_cause(time)
    say(REPAIRED)
    time.passes(minutes=2)
    job, _later = fail(time.now), fail(time.now)
    if counted:
        time.passes(minutes=1)
        the_clock_counts(time)
    else:
        look()  # a page
    group = the_group()
    assert (group.status, group.disproved_by) == (FailureStatus.NEW, job.pk)
    told = group.decisions.first()
    assert told is not None
    assert (told.by, told.status, told.job_id, told.release) == (None, "new", job.pk, "1.2.3")
    the_clock_counts(time)
    assert group.decisions.count() == 2  # said once


def test_a_run_that_began_before_the_repair_says_nothing_of_it(time: Time) -> None:
    a_cause(time)
    began = time.now
    time.passes(minutes=1)
    say(REPAIRED)
    time.passes(minutes=1)
    fail(time.now, started_at=began)
    the_clock_counts(time)
    assert the_group().status == FailureStatus.REPAIRED


@pytest.mark.parametrize("status", [FailureStatus.KNOWN, FailureStatus.IGNORED])
def test_what_is_known_or_ignored_stays_so_when_it_fails_again(status: FailureStatus, time: Time) -> None:
    a_cause(time)
    say(Decision(status))
    time.passes(minutes=2)
    fail(time.now)
    time.passes(minutes=2)
    the_clock_counts(time)
    assert (the_group().status, the_group().failed) == (status, 2)


def test_another_cause_or_kind_does_not_disprove_it(time: Time) -> None:
    a_cause(time)
    say(REPAIRED)
    time.passes(minutes=2)
    fail(time.now, cause=FOREIGN)
    fail(time.now, name="another.kind")
    fail(time.now, cause=None, error_class=OPTED_OUT)
    look()
    assert the_group().status == FailureStatus.REPAIRED
    assert FailureGroup.objects.count() == 4


def test_known_until_a_moment_is_to_look_at_from_then_on(time: Time) -> None:
    a_cause(time)
    until = time.now + timedelta(hours=1)
    say(Decision(FailureStatus.KNOWN, until=until))
    for moment, is_open in ((until - timedelta(seconds=1), False), (until, True)):
        group = the_group()
        assert group.is_to_look_at(moment) is is_open
        assert FailureGroup.objects.filter(to_look_at(moment)).exists() is is_open
        assert FailureGroup.objects.filter(still_known(moment)).exists() is not is_open


# --- Retention ----------------------------------------------------------------------------------


def old() -> QuerySet[FailureGroup]:
    return old_groups(the_group().last_at + timedelta(days=900))


def test_no_group_goes_before_its_jobs_and_removed_ones_are_said(time: Time) -> None:
    first, second = fail(time.ago(days=40)), fail(time.ago(days=39))
    repair(first, time.ago(days=38))
    the_clock_counts(time)
    assert not old().exists()
    remove_jobs([first.pk])
    assert not old().exists()
    group = the_group()
    assert (group.failed, group.repaired, group.removed) == (1, 0, 1)
    remove_jobs([second.pk])
    group = the_group()
    assert (group.failed, group.repaired, group.removed) == (0, 0, 2)
    assert old().exists()


@pytest.mark.parametrize("values", [{"cause": OPTED_OUT}, {"cause": None, "error_class": "ValueError"}])
def test_the_cleanup_takes_jobs_first_and_then_their_group(values: dict[str, Any], time: Time) -> None:
    fail(time.ago(days=4_000), **values)
    the_clock_counts(time)
    say_removed = prune([one for one in PRUNABLES if one.key == "failure_groups"], time.now)
    assert say_removed.removed == {"failure_groups": 0}
    done = prune([one for one in PRUNABLES if one.key in ("jobs", "failure_groups")], time.now)
    assert (done.removed["jobs"], Job.objects.count()) == (1, 0)
    prune([one for one in PRUNABLES if one.key == "failure_groups"], time.now)
    assert not FailureGroup.objects.exists()


def test_what_was_not_counted_yet_is_not_taken_off(time: Time) -> None:
    a_cause(time)
    fresh = fail(time.now)
    remove_jobs([fresh.pk])
    assert (the_group().failed, the_group().removed) == (1, 0)
    assert shown(time)[next(iter(shown(time)))].failed == 1


# --- Whom it touches ----------------------------------------------------------------------------


def test_people_and_schedules_are_counted_once_each(time: Time, admin_user: User) -> None:
    for number in range(3):
        fail(time.ago(minutes=5 + number), created_by=admin_user, message={"headers": {"job_schedule": 7}})
    fail(time.ago(minutes=1), message={"headers": {"job_schedule": "8"}})
    the_clock_counts(time)
    assert (the_group().people, the_group().schedules) == (1, 2)
    keys = set(the_group().touched.values_list("sort", "key"))
    assert keys == {("person", f"auth.user:{admin_user.pk}"), ("schedule", "7"), ("schedule", "8")}


def test_beyond_the_most_they_are_counted_no_further(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks_app.failures.touched.MOST", 3)
    for number in range(9):
        fail(time.passes(minutes=1), message={"headers": {"job_schedule": number}})
        time.passes(minutes=1)
        the_clock_counts(time)
    assert the_group().schedules == 4
    assert the_group().touched.count() == 4
