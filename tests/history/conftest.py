from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.blank_pages import blank_pages


@pytest.fixture
def nothing_is_drawn() -> Iterator[None]:
    """Of the reports of a past."""
    with blank_pages():
        yield
