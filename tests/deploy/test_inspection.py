"""A worker that is asked for its settings keeps its passwords."""

from __future__ import annotations

import pytest

from tasks_app.inspection import without_passwords

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
