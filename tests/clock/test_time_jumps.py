"""Time that jumps: of a host, of the database, of one that slept. No slot runs twice, none waits in vain."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone

from tasks_app.clock.scheduler import ClockScheduler
from tasks_app.clock.tick import TickReport, tick
from tasks_app.clock.time_mending import mend, mend_jobs, somebody_is_ahead
from tasks_app.clock.time_watch import NO_JUMP, TimeWatch
from tasks_app.db import shared_time
from tasks_app.ledger import transitions
from tasks_app.models import HourTally, Job, Node, Slot, SlotState, State, Tally, TallyProgress
from tasks_app.monitor import counters, heartbeat, hourly_counts
from tasks_app.monitor.ended_sums import BOUNDS
from tasks_app.monitor.health.hosts import clocks
from tests.clock.making import DEBUG_TASK, at, crontab, every, history, schedule

MORNING = at("2026-06-01 08:00")
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


class Hands:
    """The two clocks of a host, turned by hand, and the database's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = self.database = MORNING
        self.ran = 1000.0
        monkeypatch.setattr("django.utils.timezone.now", lambda: self.wall)
        monkeypatch.setattr(shared_time, "elapsed", lambda: self.ran)
        monkeypatch.setattr(shared_time, "database_now", lambda: self.database)

    def pass_by(self, time: timedelta) -> None:
        self.wall, self.database = self.wall + time, self.database + time
        self.ran += time.total_seconds()


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    return Hands(monkeypatch)


# --- one time for all hosts --------------------------------------------------------------------


def test_where_nobody_measured_it_is_the_hosts_own(hands: Hands) -> None:
    assert shared_time.now() == hands.wall
    hands.wall += HOUR
    assert shared_time.now() == hands.wall


@pytest.mark.parametrize("off", [HOUR, -HOUR, 3 * SECOND, -DAY, 400 * DAY])
def test_a_host_whose_clock_is_off_has_the_databases_time(hands: Hands, off: timedelta) -> None:
    hands.wall += off
    assert shared_time.measure() == off.total_seconds()
    assert shared_time.now() == hands.database
    hands.pass_by(20 * SECOND)
    assert shared_time.now() == hands.database


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 3 * SECOND, -3 * SECOND, DAY, -DAY])
def test_a_clock_that_is_set_is_noticed_at_the_next_look_without_asking(
    hands: Hands, jump: timedelta
) -> None:
    shared_time.measure()
    hands.pass_by(5 * SECOND)
    hands.wall += jump
    assert shared_time.now() == hands.database
    assert shared_time.last_jump() == shared_time.Jump(hands.database, jump.total_seconds())
    hands.pass_by(5 * SECOND)
    hands.wall -= jump  # and back
    assert shared_time.now() == hands.database
    jumped = shared_time.last_jump()
    assert jumped is not None
    assert jumped.seconds == -jump.total_seconds()


def test_a_host_that_agrees_keeps_its_own_time_to_the_microsecond(hands: Hands) -> None:
    hands.wall += timedelta(milliseconds=200)
    shared_time.measure()
    assert shared_time.now() == hands.wall


def test_a_slow_drift_is_no_jump_and_is_followed(hands: Hands) -> None:
    for _look in range(600):
        shared_time.measure()
        hands.pass_by(10 * SECOND)
        hands.wall += timedelta(milliseconds=100)
        assert abs(shared_time.now() - hands.database) <= 2 * timedelta(seconds=shared_time.TOLERANCE)
    assert shared_time.last_jump() is None
    assert hands.wall - hands.database == 60 * SECOND


def test_an_answer_that_was_long_on_its_way_sets_nothing_back(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly() -> datetime:
        asked = hands.database
        hands.pass_by(8 * SECOND)
        return asked + 4 * SECOND

    monkeypatch.setattr(shared_time, "database_now", slowly)
    shared_time.measure()
    assert shared_time.now() == hands.wall


@pytest.mark.django_db
def test_the_database_tells_the_time() -> None:
    assert abs(shared_time.database_now() - timezone.now()) < 5 * SECOND
    assert abs(shared_time.measured_now() - timezone.now()) < 5 * SECOND


def test_a_process_without_a_heartbeat_asks_every_ten_seconds(hands: Hands, monkeypatch: Any) -> None:
    asked: list[datetime] = []

    def answer() -> datetime:
        asked.append(hands.database)
        return hands.database

    monkeypatch.setattr(shared_time, "database_now", answer)
    for _claim in range(25):
        shared_time.measure_now_and_then()
        hands.pass_by(SECOND)
    assert asked == [MORNING, MORNING + 10 * SECOND, MORNING + 20 * SECOND]


@pytest.mark.django_db
def test_what_a_host_with_a_wrong_clock_writes_is_in_the_shared_time(hands: Hands) -> None:
    hands.wall += HOUR
    shared_time.measure()
    job = Job.objects.get(pk=current_app.tasks[DEBUG_TASK].delay().id)
    assert (job.created_at, job.available_at) == (MORNING, MORNING)
    later = Job.objects.get(pk=current_app.tasks[DEBUG_TASK].apply_async(countdown=30).id)
    assert later.available_at == MORNING + 30 * SECOND
    assert transitions.claim(job.id, "token", "worker@off")
    job.refresh_from_db()
    assert (job.started_at, job.lease_until) == (MORNING, MORNING + settings.JOB_LEASE)
    transitions.release(job.id, "token")
    job.refresh_from_db()
    assert job.available_at == MORNING
    heartbeat.beat(Node.Kind.WORKER, "worker@off")
    assert Node.objects.get().beat_at == MORNING


# --- the database's time, held against the seconds that passed ------------------------------------


def watch(hands: Hands) -> TimeWatch:
    return TimeWatch(lambda: hands.database, lambda: hands.ran)


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 3 * SECOND, -3 * SECOND, DAY, -DAY])
def test_the_databases_jump_is_seen_at_the_next_look(hands: Hands, jump: timedelta) -> None:
    time = watch(hands)
    assert time.look().jump == NO_JUMP
    hands.pass_by(SECOND)
    hands.database += jump
    assert time.look().jump == jump
    hands.pass_by(SECOND)
    assert time.look().jump == NO_JUMP


def test_neither_a_late_look_nor_a_drift_nor_summer_time_is_a_jump(hands: Hands) -> None:
    time = watch(hands)
    hands.database = at("2026-03-29 00:59:50")  # 02:00 becomes 03:00 in Paris ten seconds later
    time.look()
    for passed in (30 * SECOND, timedelta(minutes=5), 7 * HOUR, SECOND):
        hands.pass_by(passed)
        hands.database += timedelta(milliseconds=150)
        assert time.look().jump == NO_JUMP


def test_an_answer_that_took_long_is_no_jump(hands: Hands) -> None:
    def slowly() -> datetime:
        hands.pass_by(40 * SECOND)
        return hands.database - 20 * SECOND

    time = TimeWatch(slowly, lambda: hands.ran)
    assert [time.look().jump for _ in range(3)] == [NO_JUMP] * 3


def test_a_host_that_slept_jumps_ahead(hands: Hands) -> None:
    time = watch(hands)
    time.look()
    hands.database += 8 * HOUR  # and monotonic time stood still
    assert time.look().jump == 8 * HOUR


# --- what a time that went back leaves -------------------------------------------------------------


def jumped(now: datetime, by: timedelta) -> datetime:
    """The clock looked `by` later than it is, and then looks again."""
    tick(now + by)
    mend(now + SECOND)
    return now + SECOND


@pytest.mark.django_db
@pytest.mark.parametrize("by", [HOUR, 17 * SECOND, DAY, 60 * DAY])
def test_a_schedule_of_seconds_goes_on_at_once_after_a_jump_there_and_back(by: timedelta) -> None:
    row = schedule(changed=MORNING, interval=every(3, "seconds"))
    for seconds in range(7):
        tick(MORNING + seconds * SECOND)
    now = jumped(MORNING + 7 * SECOND, by)
    row.options.refresh_from_db()
    assert now < row.options.next_slot <= now + 3 * SECOND
    for seconds in range(9, 30):
        tick(MORNING + seconds * SECOND)
    ran = Job.objects.filter(scheduled_for__lte=MORNING + 30 * SECOND)
    assert {MORNING + 3 * n * SECOND for n in range(1, 10)} - set(
        ran.values_list("scheduled_for", flat=True)
    ) <= {MORNING + 6 * SECOND}  # passed over by the look that was ahead
    for slot in Slot.objects.filter(moment__lte=MORNING + 29 * SECOND).exclude(job_id=""):
        assert slot.state == SlotState.QUEUED


@pytest.mark.django_db
def test_a_daily_schedule_that_ran_early_runs_no_second_time() -> None:
    row = schedule(changed=MORNING, crontab=crontab("30 8 * * *", "UTC"))
    tick(MORNING)
    now = jumped(MORNING + 10 * SECOND, HOUR)
    half_past = MORNING + HOUR / 2
    row.options.refresh_from_db()
    assert row.options.next_slot == half_past
    tick(now)
    tick(half_past + SECOND)
    assert [job.scheduled_for for job in Job.objects.all()] == [half_past]
    assert history(row) == [(half_past, SlotState.QUEUED)]
    tick(half_past + DAY + SECOND)
    assert Job.objects.count() == 2


@pytest.mark.django_db
def test_moments_that_were_only_listed_as_missed_come_all_the_same() -> None:
    row = schedule(changed=MORNING, interval=every(10, "minutes"))
    tick(MORNING)
    jumped(MORNING + 60 * SECOND, HOUR)
    for minutes in range(10, 61, 10):
        tick(MORNING + timedelta(minutes=minutes, seconds=1))
    assert history(row) == [
        (MORNING + timedelta(minutes=minutes), SlotState.QUEUED) for minutes in range(10, 61, 10)
    ]
    assert Job.objects.count() == 6


@pytest.mark.django_db
def test_where_nothing_jumped_nothing_is_moved(hands: Hands) -> None:
    for name, rhythm in (
        ("interval", {"interval": every(7, "minutes")}),
        ("crontab", {"crontab": crontab("15 3 * * 1")}),
    ):
        schedule(name, changed=MORNING, **rhythm)
    waiting(MORNING, available_at=MORNING + HOUR)
    for _look in range(9):
        tick(hands.wall)
        assert not mend(hands.wall)
        hands.pass_by(7 * 60 * SECOND)


def waiting(now: datetime, **fields: Any) -> Job:
    """A job that was launched at that moment, as its writer's clock had it."""
    job = Job.objects.get(pk=current_app.tasks[DEBUG_TASK].apply_async(countdown=86400).id)
    Job.objects.filter(pk=job.pk).update(created_at=now, **({"available_at": now} | fields))
    return job


@pytest.mark.django_db
@pytest.mark.parametrize("by", [HOUR, DAY, 10 * SECOND])
def test_jobs_that_wait_for_an_hour_that_will_not_come_start_now(by: timedelta) -> None:
    now = MORNING
    at_once = waiting(now + by)
    delayed = waiting(now + by, available_at=now + by + 30 * SECOND)
    retried = waiting(now - DAY, started_at=now + by, available_at=now + by + 60 * SECOND, retries=1)
    wish = waiting(now - HOUR, available_at=now + by + HOUR)
    published = waiting(now + by, published_at=now + by)
    mend(now)
    found = {job.pk: job for job in Job.objects.all()}
    assert found[at_once.pk].available_at == now
    assert found[delayed.pk].available_at == now + 30 * SECOND
    assert found[retried.pk].available_at == now + 60 * SECOND
    assert found[wish.pk].available_at == now + by + HOUR
    assert found[published.pk].published_at is None
    assert not mend_jobs(now)  # they are found no more
    assert {job.state for job in found.values()} == {State.WAITING}


@pytest.mark.django_db
def test_a_lease_of_an_hour_too_much_is_taken_back_once_it_should_have_been() -> None:
    job = waiting(MORNING)
    Job.objects.filter(pk=job.pk).update(
        state=State.RUNNING, token="t", started_at=MORNING, lease_until=MORNING + HOUR + settings.JOB_LEASE
    )
    tick(MORNING)
    job.refresh_from_db()
    assert job.lease_until == MORNING + settings.JOB_LEASE
    tick(MORNING + settings.JOB_LEASE + SECOND)
    job.refresh_from_db()
    assert (job.state, job.deaths) == (State.WAITING, 1)


@pytest.mark.django_db
def test_jobs_that_end_after_the_time_went_back_are_counted() -> None:
    counters.count_ended(MORNING + HOUR)  # the first look, an hour ahead
    counters.count_ended(MORNING)
    job = waiting(MORNING)
    ended = MORNING + 60 * SECOND
    Job.objects.filter(pk=job.pk).update(state=State.SUCCEEDED, started_at=ended, ended_at=ended)
    assert counters.count_ended(MORNING + 5 * 60 * SECOND) == 1
    assert counters.count_ended(MORNING + 6 * 60 * SECOND) == 0
    assert TallyProgress.objects.get().until < MORNING + HOUR


def ended(*minutes: int, took: int = 3, state: str = State.SUCCEEDED) -> None:
    """Jobs that end so many minutes after MORNING."""
    for minute in minutes:
        at = MORNING + minute * 60 * SECOND
        job = waiting(at)
        Job.objects.filter(pk=job.pk).update(state=state, started_at=at - took * SECOND, ended_at=at)


def tallied() -> dict[str, tuple[int, int, list[int]]]:
    return {one.outcome: (one.count, round(one.seconds), one.buckets) for one in Tally.objects.all()}


@pytest.mark.django_db
def test_an_hour_that_comes_twice_is_counted_once() -> None:
    counters.count_ended(MORNING - HOUR)
    ended(5, 10, 50, took=3)
    ended(20, 55, took=40, state=State.FAILED)
    assert counters.count_ended(MORNING + HOUR) == 5
    counters.count_ended(MORNING)  # an hour back
    for minute, new in ((6, 4), (21, 20), (30, 29), (58, 57)):
        ended(new, took=7)
        counters.count_ended(MORNING + minute * 60 * SECOND)
    counters.count_ended(MORNING + HOUR)
    bare = [0] * (len(BOUNDS) + 1)
    succeeded, failed = bare.copy(), bare.copy()
    succeeded[bisect_left(BOUNDS, 3)], failed[bisect_left(BOUNDS, 40)] = 3, 2
    succeeded[bisect_left(BOUNDS, 7)] += 4
    assert tallied() == {"succeeded": (7, 3 * 3 + 4 * 7, succeeded), "failed": (2, 80, failed)}
    assert TallyProgress.objects.get().counted_ahead is None
    ended(61)
    assert counters.count_ended(MORNING + 2 * HOUR) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("back", [(40,), (10, 30), (0, 30, 5), (59, 58, 57)])
def test_a_time_that_goes_back_again_and_again_never_lowers_a_count(back: tuple[int, ...]) -> None:
    counters.count_ended(MORNING - HOUR)
    ended(*range(1, 60, 4))
    seen = [counters.count_ended(MORNING + HOUR)]
    for minute in back:
        counters.count_ended(MORNING + minute * 60 * SECOND)
        counters.count_ended(MORNING + (minute + 2) * 60 * SECOND)
        seen.append(Tally.objects.get().count)
    counters.count_ended(MORNING + HOUR)
    assert {*seen, Tally.objects.get().count} == {15}
    assert Tally.objects.get().count == sum(Tally.objects.get().buckets)


@pytest.mark.django_db
def test_the_hours_of_the_charts_are_counted_once_too() -> None:
    TallyProgress.objects.create(until=MORNING - HOUR)
    ended(-10, 5, 50)
    for _look in range(9):  # a week is caught up with
        hourly_counts.count_hours(MORNING + HOUR)
    hourly_counts.count_hours(MORNING + 20 * SECOND)
    ended(7, 30)
    for minute in (10, 40, 61):
        hourly_counts.count_hours(MORNING + minute * 60 * SECOND)
        shown = hourly_counts.ended_since(hourly_counts.hour_of(MORNING - HOUR))
        assert sum(shown.counts.values()) == 5
    assert sum(HourTally.objects.values_list("count", flat=True)) == 5


def test_a_heartbeat_from_far_ahead_is_no_sign_of_life(db: None) -> None:
    Node.objects.create(name="clock@ahead", kind="clock", started_at=MORNING, beat_at=MORNING + HOUR)
    assert not Node.objects.alive(MORNING).exists()


# --- the clock around it ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_clock_follows_the_database_and_not_its_host(hands: Hands, broker: Any) -> None:
    row = schedule(changed=MORNING, interval=every(3, "seconds"))
    beat = ClockScheduler(app=current_app)
    beat.time = watch(hands)
    for second in range(40):
        hands.pass_by(SECOND)
        if second in (10, 30):
            hands.wall += HOUR if second == 10 else -HOUR
        beat.beat_due = 0.0
        beat.tick()
    slots = [moment for moment, _state in history(row)]
    assert slots == [MORNING + 3 * n * SECOND for n in range(1, 14)]
    details = Node.objects.get().details
    assert details["clock_jump"]["seconds"] == -3600
    assert details["database_jump"] == {}
    assert details["ticked_at"] == (MORNING + 40 * SECOND).isoformat()


@pytest.mark.django_db(transaction=True)
def test_a_clock_whose_database_jumps_there_and_back_goes_on(hands: Hands, broker: Any) -> None:
    row = schedule(changed=MORNING, interval=every(3, "seconds"))
    beat = ClockScheduler(app=current_app)
    beat.time = watch(hands)
    for second in range(40):
        hands.pass_by(SECOND)
        if second in (10, 20):
            hands.wall, hands.database = (
                (now + (HOUR if second == 10 else -HOUR)) for now in (hands.wall, hands.database)
            )
        beat.tick()
    now = MORNING + 40 * SECOND
    moments = [moment for moment, _state in history(row) if moment <= now]
    assert MORNING + 39 * SECOND in moments
    assert len(moments) == len(set(moments))
    assert Node.objects.get().details["database_jump"]["seconds"] == -3600
    jobs = list(Job.objects.values_list("scheduled_for", flat=True))
    assert len(jobs) == len(set(jobs))


@pytest.mark.django_db(transaction=True)
def test_no_worker_is_given_up_right_after_a_jump_ahead(hands: Hands, broker: Any, monkeypatch: Any) -> None:
    """A host that slept: nobody could renew a lease meanwhile."""
    beat = ClockScheduler(app=current_app)
    beat.time = watch(hands)
    beat.tick()
    beat.lenient_until = 0.0
    hands.pass_by(SECOND)
    hands.database += HOUR
    asked: list[bool] = []

    def note(now: datetime, *, leases: bool, **rest: Any) -> TickReport:
        asked.append(leases)
        return tick(now, leases=leases, **rest)

    monkeypatch.setattr("tasks_app.clock.scheduler.tick", note)
    beat.tick()
    assert asked == [False]


@pytest.mark.django_db
def test_health_says_that_a_hosts_clock_was_set_and_by_how_much(hands: Hands) -> None:
    shared_time.measure()
    hands.wall -= HOUR
    off, jumped = list(clocks([]))
    assert "1 h 00 min behind" in off.sentence
    assert "set back by 1 h 00 min" in jumped.sentence
    hands.wall += HOUR
    assert shared_time.now() == hands.database
    hands.pass_by(2 * HOUR)
    [finding] = list(clocks([]))
    assert "agree" in finding.sentence


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("details", "ahead"),
    [
        ({"clock_ahead_ms": 3_600_000}, True),
        ({"clock_ahead_ms": 20}, False),
        ({"clock_ahead_ms": -3_600_000}, False),
        ({"clock_jump": {"at": MORNING.isoformat(), "seconds": 3600}}, True),
        ({"clock_jump": {"at": (MORNING - HOUR).isoformat(), "seconds": 3600}}, False),
        ({"clock_jump": {}}, False),
        ({}, False),
    ],
)
def test_what_a_host_wrote_whose_clock_is_ahead_is_looked_for(details: dict[str, Any], ahead: bool) -> None:
    Node.objects.create(name="n", kind="web", started_at=MORNING, beat_at=MORNING, details=details)
    assert somebody_is_ahead(MORNING) is ahead
