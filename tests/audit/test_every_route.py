"""Every address and every action of a list that changes something leaves an entry in the audit log.

They are the URLconf's and the admin site's, not a list of ours: a new one that changes nothing says here why,
and one that needs more than its own form holds says here what.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tasks_app import control
from tests.audit.routes import Step, Walk
from tests.pages.things import make_things

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

# Tables whose rows are no state of the office.
NO_STATE = {
    "django_session": "who is signed in, in which browser",
    "django_admin_log": "the log itself",
    "tasks_app_audititem": "the log itself",
    "backoffice_signin": "the record of signing in, itself",
    "backoffice_lastlook": "what one person has seen; it is theirs alone",
    "axes_accessattempt": "counts of failed sign-ins, by the lockout",
    "axes_accesslog": "the lockout's own",
}

# What takes a POST with a form of its own and writes nothing.
CHANGES_NOTHING: dict[str, str] = {}

# What a form asks for that it does not hold.
GIVEN: dict[str, dict[str, Any]] = {}

BEFORE: dict[str, Callable[[Walk], object]] = {
    "admin:queue_resume": lambda walk: control.pause("high", by=None),
    "admin:queue_change": lambda walk: control.pause("high", by=None),
    "admin:worker_go_on": lambda walk: control.ask_to_finish("worker1@here", by=None),
}


@pytest.fixture
def walk(signed_in: Callable[[str], Client], data_dir: Any, broker: Any) -> Walk:
    client = signed_in("superuser")
    return Walk(client, make_things(), GIVEN, BEFORE, NO_STATE).everywhere()


def test_whatever_changes_something_leaves_an_entry(walk: Walk) -> None:
    unlogged = {str(step): sorted(found.unlogged) for step, found in walk.found.items() if found.unlogged}
    assert not unlogged, "These change rows and leave no entry (log_action, log_together)"
    silent = {
        str(step)
        for step, found in walk.found.items()
        if not found.wrote and step not in walk.reading and not found.statuses <= {403, 404, 405}
    }
    assert silent - CHANGES_NOTHING.keys() == set(), (
        "Nothing that was sent to these changed anything: say in CHANGES_NOTHING why none does, or in GIVEN "
        "and BEFORE what it takes"
    )
    assert not CHANGES_NOTHING.keys() - silent, "These do change something, or are gone"


def test_a_route_that_leaves_none_is_found(walk: Walk) -> None:
    """The check itself: of a queue that is paused the log is taken away."""
    assert Step("admin:queue_pause") in walk.found
