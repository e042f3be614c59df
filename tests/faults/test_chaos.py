"""Everything at once, for five minutes. `SEED=… make faults` repeats what a run printed."""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest

from tasks_app.models import Job
from tests.faults.chaos import LENGTH, PAUSE, Faults, Launcher
from tests.faults.excuses import Excuses, excuse_bodies, excuse_emails
from tests.faults.house import House
from tests.faults.schedules import make_schedules, record_slots, stop_schedules

SCHEDULES = 3

# A mail that was throttled is tried again after a minute, and after two more where it was so twice.
LAST_RETRIES = 300.0


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.scenario("chaos")
def test_five_minutes_of_random_faults_lose_nothing_and_repeat_no_effect(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """3,000 jobs of all kinds; each ends as its kind says, each chain goes on once, each message is accepted
    once or is known to be unknown, each report exists once, what is cancelled never runs, a paused queue
    gives nothing, and each moment of a schedule that one of two clocks takes has one job.

    Held by all of the engine at once; the scenarios show what each guard holds by itself. The excuses are
    bounded: let `ses.send` call each answer unknown, and the emails that no fault met are named.
    """
    seed = int(os.environ.get("SEED") or time.time())
    with capsys.disabled():
        print(f"SEED={seed} ", end="", flush=True)
    launcher = Launcher(house, random.Random(seed + 1))
    faults = Faults(house, random.Random(seed))
    house.letter  # noqa: B018 - written before anything breaks
    make_schedules(SCHEDULES)
    house.start_all(clocks=2, JOB_LEASE_SECONDS="4", JOB_MAX_DEATHS="1000")
    strike_while_it_works(faults, launcher)
    struck = Counter(fault.name for fault in faults.struck)
    with capsys.disabled():
        print(f"\n{struck.total()} faults: ", end="")
        print("; ".join(f"{number} × {name}" for name, number in sorted(struck.items())))
    house.fault(LAST_RETRIES)
    house.close_connections()
    stop_schedules()
    record_slots(house)
    house.await_ends(LAST_RETRIES)
    for since, until in faults.paused:
        assert not Job.objects.filter(queue="default", started_at__range=(since, until)).exists()
    excuses = Excuses(faults.struck)
    excuse_emails(house, launcher.emails, excuses)
    excuse_bodies(house, excuses, struck["PostgreSQL crashes"])
    with capsys.disabled():
        print(f"{len(house.post.spoilt)} messages whose answer SES left open; excused: ", end="")
        print("; ".join(f"{number} × {name}" for name, number in excuses.given.items()) or "nothing else")
    house.account()


def strike_while_it_works(faults: Faults, launcher: Launcher) -> None:
    began = time.monotonic()
    launcher.start()
    try:
        while launcher.is_alive() or time.monotonic() < began + LENGTH:
            time.sleep(faults.dice.uniform(*PAUSE))
            faults.strike()
    finally:
        launcher.over.set()
        launcher.join()
    if launcher.error is not None:
        raise launcher.error
