"""A sample of `make fuzz`, the same in each run: addresses, filters and fields that nobody means.

To find what can be tried, each page of a route is opened: most of the time goes there. So some routes are
drawn first, others on each database and for each role, and then of what they offer.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.fuzz.routes import routes
from tests.fuzz.walking import Walk, ask, plan
from tests.pages.role_matrix import ROLES
from tests.pages.things import make_things

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

SEED = 9
# One route in so many, and how many requests there.
SUPERUSER = (3, 300)
OTHERS = (12, 60)


@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_somebody_sends_ends_in_a_500(
    role: str, person: Callable[[str], Any], data_dir: Any
) -> None:
    client, walk = Client(raise_request_exception=False), Walk(role)
    if role != "anonymous":
        client.force_login(person(role))
    make_things()
    chance = random.Random(f"{SEED} {role} {connection.vendor}")
    one_in, requests = SUPERUSER if role == "superuser" else OTHERS
    everywhere = routes()
    tries = list(plan(client, walk, chance.sample(everywhere, len(everywhere) // one_in)))
    for one in chance.sample(tries, min(len(tries), requests)):
        ask(client, one, walk)
    assert not walk.faults, walk.report
