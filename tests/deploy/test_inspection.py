"""A worker that is asked for its settings keeps its passwords."""

from __future__ import annotations

import pytest

from tasks_app.inspection import report, without_passwords

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("redis://:secret@host:6379/1", "redis://:**@host:6379/1"),
        ("postgres://me:secret@host/name", "postgres://me:**@host/name"),
        ("https://back-office.example.org", "https://back-office.example.org"),
        ("Back office <back-office@example.org>", "Back office <back-office@example.org>"),
        (20, 20),
    ],
)
def test_the_password_of_an_address_is_masked_wherever_it_stands(told: object, shown: object) -> None:
    assert without_passwords(told) == shown
    assert without_passwords({"CACHES": {"default": [told]}}) == {"CACHES": {"default": [shown]}}


def test_a_report_for_a_bug_carries_no_password() -> None:
    """What `celery inspect report` prints of the settings, as Celery writes it."""

    class App:
        def bugreport(self) -> str:
            return "CELERY_BROKER_URL: 'redis://:hid@den@host:6379/1'\nbroker_url:'sentinel://me:hidden@a;redis://:hidden@b'"

    class State:
        app = App()

    told = report(State())["ok"]
    assert "hid" not in told
    assert "redis://:**@host:6379/1" in told
    assert "sentinel://me:**@a;redis://:**@b" in told
