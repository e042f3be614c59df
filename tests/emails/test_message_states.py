"""The groups of states that all figures of emails are made of: no state is missing, none is in two."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from backoffice.admin.message_facts import MESSAGE_LOOKS
from backoffice.models import MessageState
from backoffice.models import message_states as groups

pytestmark = pytest.mark.once


def test_what_was_written_is_the_sum_of_its_parts() -> None:
    parts = [state for _label, part in groups.WHOLE.values() for state in part]
    assert sorted(parts) == sorted(MessageState)


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        (groups.ACCEPTED, [groups.WITHOUT_NEWS, groups.ARRIVED, groups.CAME_BACK]),
        (groups.IN_TROUBLE, [groups.CAME_BACK, groups.NOT_SENT, groups.OPEN]),
    ],
)
def test_a_group_is_the_sum_of_its_parts(whole: frozenset[str], parts: list[frozenset[str]]) -> None:
    assert sorted(state for part in parts for state in part) == sorted(whole)


def test_each_state_has_its_look() -> None:
    assert MESSAGE_LOOKS.keys() == set(MessageState)


def test_the_alerts_mean_the_same_groups() -> None:
    rules = (Path(settings.BASE_DIR) / "deploy/monitoring/backoffice.rules.yml").read_text(encoding="utf-8")
    named = {
        frozenset(one.split("|")) for one in re.findall(r'backoffice_emails_recent\{state=~"(.+?)"\}', rules)
    }
    assert named == {frozenset(groups.CAME_BACK), frozenset(groups.ACCEPTED)}
