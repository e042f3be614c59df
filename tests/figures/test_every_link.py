"""What is offered to a role is for it, leads on, and says as many as there are."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import pytest
from django.test import Client

from tests.figures.by_hand import Rows
from tests.figures.past import PASTS, user_of
from tests.figures.walking import Walk

pytestmark = [pytest.mark.once, pytest.mark.timeout(300)]

# One past each: what is shown to a role differs by its rights, and hardly by the rows.
WALKERS = ("support@example.org", "staff@example.org", "manager@example.org")
WALKS = dict(zip(PASTS, cycle(WALKERS), strict=False))


def test_whoever_follows_what_they_are_offered_is_never_refused_and_reads_true_figures(
    rows: Rows, opened: Callable[[str], Client]
) -> None:
    [name] = [name for past, name in WALKS.items() if past.now == rows.now]
    walk = Walk(opened(name), user_of(name))
    walk.go()
    assert not walk.wrong, "\n".join(walk.wrong)
    assert len(walk.opened) > 10
    assert walk.figures > 50 or not user_of(name).has_perm("tasks_app.view_job")
