"""A sample of `make fuzz`, the same in each run: addresses, filters and fields that nobody means.

To find what can be tried, each page of a route is opened: most of the time goes there. So some routes are
drawn first, others for each role, and a superuser's on each database; and then of what they offer.
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
from tests.pages.test_roles import ON_WHICH
from tests.pages.things import make_things

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

SEED = 9
# How many routes, and requests there.
SUPERUSER = (60, 250)
OTHERS = (16, 50)


@pytest.mark.parametrize("role", ON_WHICH)
def test_nothing_that_somebody_sends_ends_in_a_500(
    role: str, person: Callable[[str], Any], data_dir: Any
) -> None:
    client, walk = Client(raise_request_exception=False), Walk(role)
    if role != "anonymous":
        client.force_login(person(role))
    make_things()
    chance = random.Random(f"{SEED} {role} {connection.vendor}")
    some, requests = SUPERUSER if role == "superuser" else OTHERS
    tries = list(plan(client, walk, chance.sample(routes(), some)))
    for one in chance.sample(tries, min(len(tries), requests)):
        ask(client, one, walk)
    assert not walk.faults, walk.report
