"""What the tests of a deployment need of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.programs import find_systemd_analyze


@pytest.fixture
def systemd_analyze() -> Path:
    """systemd's program that checks units; without it the tests that ask for it are left out, and named."""
    found = find_systemd_analyze()
    assert found is not None
    return found
