"""docs/how-to/add-a-page-action.md, followed to the letter in a copy of the product."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.how_to.guides import Guide


@pytest.mark.once  # its commands have a SQLite of their own
@pytest.mark.processes
@pytest.mark.timeout(600)
def test_the_guide_works_as_it_is_written_and_its_own_test_passes(tmp_path: Path) -> None:
    Guide("add-a-page-action.md").follow_in_a_copy(tmp_path)
