"""All of `make fuzz`, in parts that run side by side; left out of every other run."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.fuzz.routes import routes
from tests.fuzz.walking import Walk, ask, plan
from tests.pages.role_matrix import ROLES
from tests.pages.things import make_things

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.long,
    pytest.mark.timeout(4 * 3600),
    pytest.mark.skipif("FUZZ" not in os.environ, reason="`make fuzz` runs it"),
]
PARTS = 4  # of each role, side by side


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_anybody_sends_ends_in_a_500(
    role: str, part: int, person: Callable[[str], Any], data_dir: Any
) -> None:
    client, walk = Client(raise_request_exception=False), Walk(f"{role}, part {part + 1} of {PARTS}")
    if role != "anonymous":
        client.force_login(person(role))
    make_things()
    chance, share = random.Random(os.environ.get("SEED", "1")), float(os.environ.get("SHARE", "1"))
    for one in plan(client, walk, list(routes())[part::PARTS]):
        if chance.random() < share:
            ask(client, one, walk)
    if folder := os.environ.get("FUZZ_COUNTS"):
        (Path(folder) / f"{role}-{part}").write_text(f"  {walk.counts}\n")
    assert not walk.faults, walk.report
