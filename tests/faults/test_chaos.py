"""Everything at once, for five minutes. `SEED=… make faults` repeats what a run printed."""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest

from backoffice.models import Message, MessageState
from tasks_app.models import Job, State
from tests.faults import jobs
from tests.faults.chaos import LENGTH, PAUSE, Faults, Launcher
from tests.faults.house import House

# A mail that was throttled is tried again after a minute, and after two more where it was so twice.
LAST_RETRIES = 300.0


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.scenario("chaos")
def test_five_minutes_of_random_faults_lose_nothing_and_repeat_no_effect(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """3,000 jobs of all kinds; each ends as its kind says, each chain goes on once, each message is accepted
    once or is known to be unknown, each report exists once.

    Held by all of the engine at once; the scenarios show what each guard holds by itself.
    """
    seed = int(os.environ.get("SEED") or time.time())
    with capsys.disabled():
        print(f"SEED={seed} ", end="", flush=True)
    faults = Faults(house, random.Random(seed))
    launcher = Launcher(house, random.Random(seed + 1))
    house.letter  # noqa: B018 - written before anything breaks
    house.start_all(JOB_LEASE_SECONDS="4", JOB_MAX_DEATHS="1000")
    struck = strike_while_it_works(house, faults, launcher)
    with capsys.disabled():
        print(f"\n{struck.total()} faults: ", end="")
        print("; ".join(f"{number} × {name}" for name, number in sorted(struck.items())))
    house.fault()
    house.close_connections()
    house.await_ends(LAST_RETRIES)
    excuse_what_was_interrupted(house, launcher, struck["PostgreSQL crashes"])
    house.account()


def strike_while_it_works(house: House, faults: Faults, launcher: Launcher) -> Counter[str]:
    struck: Counter[str] = Counter()
    began = time.monotonic()
    launcher.start()
    try:
        while launcher.is_alive() or time.monotonic() < began + LENGTH:
            time.sleep(faults.dice.uniform(*PAUSE))
            struck[faults.strike()] += 1
    finally:
        launcher.over.set()
        launcher.join()
    if launcher.error is not None:
        raise launcher.error
    return struck


def excuse_what_was_interrupted(house: House, launcher: Launcher, crashes: int) -> None:
    """What the launch records cannot know: bodies that a fault cut short, emails that it met in mid-air.

    A body may have begun once more for each claim of its job beyond those that its kind needs (a crash of
    the database may forget the last claims). A message that nobody knows was accepted once or never.
    """
    claims = dict(Job.objects.values_list("pk", "runs"))
    for job_id, began in Counter(jobs.noted(house.folder, "ran")).items():
        stated = house.expected.runs.get(job_id, 0)
        if stated < began <= claims.get(job_id, 0) + crashes:
            house.expected.runs[job_id] = began
    unknown = Message.objects.filter(job_id__in=launcher.emails, state=MessageState.UNKNOWN)
    for message in unknown:
        house.expected.states[message.job_id] = State.UNKNOWN
        house.expected.mails[message.job_id] = min(house.post.accepted[str(message.pk)], 1)
