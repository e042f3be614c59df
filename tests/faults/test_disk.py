"""No room where reports are kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import pytest

from tasks_app.launching import rerun
from tasks_app.models import State
from tests.faults.bounds import PUBLISHED
from tests.faults.house import House
from tests.faults.small_disk import full_disk, small_files

STORING = 90  # percent: the report is made, and its file comes next


@pytest.mark.scenario(19)
@pytest.mark.parametrize(
    ("no_room", "reason"),
    [
        pytest.param(full_disk, "No space left on device", id="a full disk", marks=pytest.mark.long),
        pytest.param(small_files, "File too large", id="a limit on files"),
    ],
)
def test_no_room_fails_a_report_with_a_sentence_and_leaves_no_half_file(
    house: House, no_room: Callable[[House], AbstractContextManager[Callable[[], None]]], reason: str
) -> None:
    """There is room for the first part of the file, and with more room the same order succeeds.

    Held by `storage.keep`, which discards what it could not write: leave that out, and half a file stays.
    """
    house.start_all(workers=1)
    with ExitStack() as while_there_is_none:
        with house.stopped_at(STORING):
            failing = house.launch_report("overview")
            house.expected.states[failing], house.expected.reports[failing] = State.FAILED, 0
            house.until(house.somebody_waits_for_a_lock)
            make_room = while_there_is_none.enter_context(no_room(house))
        house.account()
        assert "could not be kept" in house.job(failing).error
        assert reason in house.job(failing).error
        assert house.report_files() == []
        house.fault(PUBLISHED)
        make_room()
        house.record(rerun(house.job(failing)).pk, runs=0, reports=1)
        house.account()
        assert len(house.report_files()) == 1
