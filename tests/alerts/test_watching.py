"""Told once when it begins and once when it is over, by whoever looks; and a digest instead of a storm."""

from __future__ import annotations

from typing import Any

import pytest

from tasks_app.alerts import letters, telling, watching
from tasks_app.alerts.rules import ALERTS, BY_MAIL, BY_WEBHOOK
from tasks_app.failures.deciding import Decision, decide
from tasks_app.models import (
    Alert,
    AlertNotice,
    AlertOn,
    AlertRule,
    FailureStatus,
    HourTally,
    Job,
    Node,
    QueueState,
    State,
    TallyProgress,
)
from tasks_app.retention.prunables import old_alerts
from tests.failures.conftest import time as time
from tests.failures.work import EMAIL, FOREIGN, Time, fail, the_clock_counts, the_group

pytestmark = pytest.mark.django_db


def a_rule(on: AlertOn, time: Time, threshold: int = 1, **fields: Any) -> AlertRule:
    given: dict[str, Any] = {"name": on.value, "mail_to": "desk@example.org", "since": time.now}
    return AlertRule.objects.create(on=on, threshold=threshold, **given | fields)


def told() -> list[tuple[int, int]]:
    """How many began and how many were over, by notice."""
    return list(AlertNotice.objects.order_by("id").values_list("began_count", "over_count"))


def jobs(name: str = BY_MAIL) -> int:
    return Job.objects.filter(name=name).count()


def later(time: Time) -> None:
    time.passes(minutes=11)


def test_a_new_cause_is_told_once_and_its_end_once(time: Time) -> None:
    a_rule(AlertOn.NEW_CAUSE, time)
    fail(time.passes(seconds=1))
    the_clock_counts(time)
    for _ in range(3):
        watching.look(time.now)
    assert told() == [(1, 0)]
    later(time)
    watching.look(time.now)
    assert told() == [(1, 0)]
    group = the_group()
    decide(group, Decision(FailureStatus.KNOWN), by=None, seen=group.revision)
    for _ in range(3):
        watching.look(time.now)
    assert told() == [(1, 0), (0, 1)]
    assert jobs() == 2


def test_what_was_there_before_the_rule_is_not_new(time: Time) -> None:
    fail(time.ago(minutes=5))
    the_clock_counts(time)
    a_rule(AlertOn.NEW_CAUSE, time)
    watching.look(time.passes(seconds=5))
    assert told() == []


def test_a_repair_that_is_disproved_is_told(time: Time) -> None:
    fail(time.ago(minutes=5))
    the_clock_counts(time)
    group = the_group()
    decide(group, Decision(FailureStatus.REPAIRED), by=None, seen=group.revision)
    a_rule(AlertOn.NEW_CAUSE, time)
    watching.look(time.now)
    assert told() == []
    fail(time.passes(minutes=1))
    the_clock_counts(time)
    watching.look(time.now)
    assert told() == [(1, 0)]


def test_a_storm_is_one_notice_and_a_digest(time: Time) -> None:
    a_rule(AlertOn.NEW_CAUSE, time)
    for number in range(60):
        fail(time.passes(seconds=1), cause=f"a.cause_{number}")
        the_clock_counts(time)
        watching.look(time.now)
    assert told() == [(1, 0)]
    later(time)
    watching.look(time.now)
    assert told() == [(1, 0), (59, 0)]
    notice = AlertNotice.objects.latest("id")
    assert len(notice.began) == telling.NAMED
    subject, text = letters.letter_for(notice.pk)
    assert f"{59 - telling.NAMED} others" in text
    assert "59 alerts began" in subject


def test_what_began_and_was_over_before_it_was_told_is_said_in_one(time: Time) -> None:
    rule = a_rule(AlertOn.NEW_CAUSE, time, told_at=time.now)
    fail(time.passes(seconds=1))
    the_clock_counts(time)
    watching.look(time.now)
    group = the_group()
    decide(group, Decision(FailureStatus.IGNORED), by=None, seen=group.revision)
    watching.look(time.now)
    assert told() == []
    later(time)
    watching.look(time.now)
    assert told() == [(1, 1)]
    assert not rule.alerts.filter(ended_at=None).exists()


@pytest.mark.parametrize(("most", "tells"), [(2, True), (3, False)])
def test_a_rate_is_told_above_its_number(most: int, *, tells: bool, time: Time) -> None:
    for _ in range(3):
        fail(time.ago(minutes=5))
    the_clock_counts(time)
    a_rule(AlertOn.CAUSE_RATE, time, most)
    watching.look(time.now)
    assert bool(told()) is tells
    time.passes(minutes=70)
    watching.look(time.now)
    assert told() == ([(1, 0), (0, 1)] if tells else [])


def test_what_is_ignored_has_no_rate(time: Time) -> None:
    for _ in range(3):
        fail(time.ago(minutes=5))
    the_clock_counts(time)
    decide(the_group(), Decision(FailureStatus.IGNORED), by=None, seen=0)
    a_rule(AlertOn.CAUSE_RATE, time)
    watching.look(time.now)
    assert told() == []


@pytest.mark.parametrize(
    ("waited", "paused", "tells"), [(12, False, True), (12, True, False), (9, False, False)]
)
def test_a_queue_that_waits_is_told_unless_somebody_paused_it(
    waited: int, paused: bool, tells: bool, time: Time
) -> None:
    Job.objects.create(
        id="w", name=EMAIL, queue="low", state=State.WAITING, created_at=time.ago(minutes=waited),
        available_at=time.ago(minutes=waited),
    )  # fmt: skip
    QueueState.objects.create(name="low", paused=paused)
    a_rule(AlertOn.QUEUE_WAIT, time, 10)
    watching.look(time.now)
    assert bool(told()) is tells


@pytest.mark.parametrize(("failed", "tells"), [(4, False), (5, False), (6, True)])
def test_a_share_is_told_above_its_per_cent(failed: int, tells: bool, time: Time) -> None:
    TallyProgress.objects.create(until=time.now, hours_until=time.ago(minutes=30))
    for number in range(25):
        state = State.FAILED if number < failed else State.SUCCEEDED
        fail(time.ago(minutes=20), state=state)
    a_rule(AlertOn.FAILED_SHARE, time, 20)
    watching.look(time.now)
    assert bool(told()) is tells
    assert not HourTally.objects.exists()


def test_of_few_jobs_no_share_is_told(time: Time) -> None:
    for _ in range(5):
        fail(time.ago(minutes=1))
    a_rule(AlertOn.FAILED_SHARE, time, 20)
    watching.look(time.now)
    assert told() == []


def test_what_becomes_of_alerts_is_no_alert(time: Time) -> None:
    rules = [
        a_rule(AlertOn.NEW_CAUSE, time),
        a_rule(AlertOn.CAUSE_RATE, time),
        a_rule(AlertOn.FAILED_SHARE, time),
    ]
    for name in ALERTS:
        for _ in range(30):
            fail(time.passes(seconds=1), name=name, cause=FOREIGN)
    the_clock_counts(time)
    time.passes(minutes=1)
    the_clock_counts(time)
    for rule in rules:
        watching.look(time.now)
        assert not rule.alerts.exists(), rule
    assert told() == []


# --- Who looks ----------------------------------------------------------------------------------


def a_clock(time: Time, **fields: Any) -> None:
    Node.objects.update_or_create(
        name="clock@host",
        defaults={"kind": Node.Kind.CLOCK, "started_at": time.now, "beat_at": time.now} | fields,
    )


def test_a_clock_that_stands_still_is_told_once_by_whoever_notices(time: Time) -> None:
    a_rule(AlertOn.NO_CLOCK, time)
    watching.look_for_the_clock(time.now)
    assert told() == []  # one that never was is missed by nobody
    a_clock(time)
    watching.look_for_the_clock(time.now)
    assert told() == []
    time.passes(seconds=60)
    for _host in range(3):
        watching.look_for_the_clock(time.now)
    assert told() == [(1, 0)]
    later(time)
    a_clock(time)
    watching.look(time.now)  # the clock itself, after its sign of life
    assert told() == [(1, 0), (0, 1)]


def test_web_and_workers_look_for_the_clock_alone(time: Time) -> None:
    a_rule(AlertOn.NEW_CAUSE, time)
    fail(time.passes(seconds=1))
    the_clock_counts(time)
    watching.look_for_the_clock(time.now)
    assert not Alert.objects.exists()


def test_a_rule_that_cannot_be_asked_stops_no_other(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(rule: AlertRule, now: Any) -> Any:
        if rule.on == AlertOn.QUEUE_WAIT:
            raise ValueError("a row that nobody foresaw")
        return found(rule, now)

    found = watching.found_by
    monkeypatch.setattr(watching, "found_by", breaks)
    a_rule(AlertOn.QUEUE_WAIT, time)
    a_rule(AlertOn.NEW_CAUSE, time)
    fail(time.passes(seconds=1))
    the_clock_counts(time)
    watching.look(time.now)
    assert told() == [(1, 0)]


def test_a_rule_that_is_off_tells_nothing(time: Time) -> None:
    a_rule(AlertOn.NEW_CAUSE, time, enabled=False)
    fail(time.passes(seconds=1))
    the_clock_counts(time)
    watching.look(time.now)
    assert told() == []


def test_each_way_is_a_job_of_its_own(time: Time) -> None:
    rule = a_rule(
        AlertOn.NEW_CAUSE, time, mail_to="a@example.org\nb@example.org", webhook="https://h.example.org/"
    )
    telling.send_test(rule, time.now, by=None)
    assert (jobs(BY_MAIL), jobs(BY_WEBHOOK)) == (2, 1)


def test_a_letter_names_nobody_and_says_where_to_look(time: Time) -> None:
    a_rule(AlertOn.NEW_CAUSE, time)
    fail(time.passes(seconds=1), cause_params={"recipient": "sam@example.org"}, about="sam@example.org")
    the_clock_counts(time)
    watching.look(time.now)
    notice = AlertNotice.objects.get()
    _subject, text = letters.letter_for(notice.pk)
    assert "Send an email: The recipient asked for no more emails." in text
    assert "/failuregroup/" in text
    assert "sam@example.org" not in text + str(letters.payload(notice.pk))
    assert letters.payload(notice.pk)["lines"][0]["code"] == "alert.new_cause"


def test_retention_takes_what_is_over_and_was_told(time: Time) -> None:
    rule = a_rule(AlertOn.NEW_CAUSE, time)
    old = time.ago(days=400)
    kept = [
        Alert.objects.create(rule=rule, key="goes on", cause="x", began_at=old, begin_told=True),
        Alert.objects.create(rule=rule, key="untold", cause="x", began_at=old, ended_at=old, begin_told=True),
    ]
    gone = Alert.objects.create(
        rule=rule, key="over", cause="x", began_at=old, ended_at=old, begin_told=True, end_told=True
    )
    assert list(old_alerts(time.ago(days=90))) == [gone]
    assert Alert.objects.count() == len(kept) + 1
