"""A sample of `make fuzz`, the same in each run: addresses, filters and fields that nobody means."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.fuzz.walking import Walk, ask, plan
from tests.pages.role_matrix import ROLES
from tests.pages.things import make_things

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

SEED = 9
REQUESTS = {"superuser": 600}
OF_OTHERS = 80


@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_somebody_sends_ends_in_a_500(
    role: str, person: Callable[[str], Any], data_dir: Any
) -> None:
    client, walk = Client(raise_request_exception=False), Walk(role)
    if role != "anonymous":
        client.force_login(person(role))
    make_things()
    tries = list(plan(client, walk))
    for one in random.Random(SEED).sample(tries, min(len(tries), REQUESTS.get(role, OF_OTHERS))):
        ask(client, one, walk)
    assert not walk.faults, walk.report
