"""Addresses that were kept in another spelling before are spelled as the field keeps them now."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from backoffice.models import Recipient

pytestmark = pytest.mark.django_db

spell_one_way = import_module("backoffice.migrations.0008_addresses_spelled_one_way").spell_one_way


def store(email: str, *, active: bool = True) -> int:
    """As the column had it, past the field."""
    pk = Recipient.objects.create(email="x@example.org", active=active).pk
    with connection.cursor() as cursor:
        cursor.execute("UPDATE backoffice_recipient SET email = %s WHERE id = %s", [email, pk])
    return pk


def stored() -> dict[int, tuple[str, bool]]:
    return {
        pk: (email, active) for pk, email, active in Recipient.objects.values_list("pk", "email", "active")
    }


def test_each_is_spelled_one_way() -> None:
    plain, odd, ascii_form = (
        store("Ann@example.org"),
        store("bob@EXÄMPLE.org"),
        store("cy@xn--exmple-cua.org"),
    )
    spell_one_way(apps, None)
    assert stored() == {
        plain: ("Ann@example.org", True),
        odd: ("bob@exämple.org", True),
        ascii_form: ("cy@exämple.org", True),
    }


@pytest.mark.parametrize("gone", [0, 1])
def test_two_that_are_one_mailbox_stay_and_have_both_opted_out_if_one_has(gone: int) -> None:
    first = store("ann@exämple.org", active=gone != 0)
    second = store("ann@xn--exmple-cua.org", active=gone != 1)
    other = store("bob@xn--exmple-cua.org")
    spell_one_way(apps, None)
    assert stored() == {
        first: ("ann@exämple.org", False),
        second: ("ann@xn--exmple-cua.org", False),
        other: ("bob@exämple.org", True),
    }
