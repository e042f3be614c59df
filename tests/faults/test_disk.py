"""No room where reports are kept."""

from __future__ import annotations

import pytest

from tasks_app.launching import rerun
from tasks_app.models import State
from tests.faults.house import House
from tests.faults.small_disk import small_disk


@pytest.mark.scenario(19)
def test_a_full_disk_fails_a_report_with_a_sentence_and_leaves_no_half_file(house: House) -> None:
    """Held by `storage.keep`, which discards what it could not write: leave that out, and half a file stays.

    With room again the same order succeeds.
    """
    with small_disk(house.data / "files") as free:
        house.start_all(workers=1)
        full = house.launch_report("overview")
        house.expected.states[full], house.expected.reports[full] = State.FAILED, 0
        house.account()
        assert "could not be kept" in house.job(full).error
        assert house.report_files() == []
        house.fault()
        free()
        house.record(rerun(house.job(full)).pk, runs=0, reports=1)
        house.account()
        assert len(house.report_files()) == 1
