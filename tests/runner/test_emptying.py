"""Between two tests that commit, the tables are as they were made."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import TransactionTestCase

from backoffice.seeds import seed_groups
from tests.emptying import KEPT, Emptying, what_is_kept
from tests.pages.things import make_things

pytestmark = pytest.mark.django_db(transaction=True)

CASE = TransactionTestCase("__init__")


@pytest.fixture
def flushed() -> list[Any]:
    """Whom Django's own flush was asked for."""
    return []


@pytest.fixture
def emptying(flushed: list[Any]) -> Emptying:
    return Emptying(flushed.append)


def filled() -> set[str]:
    managed = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    tables = {model._meta.db_table: model for model in managed}
    return {name for name, model in tables.items() if model._default_manager.exists()}


def test_what_a_test_wrote_is_gone_and_what_all_tests_have_stays(
    emptying: Emptying, flushed: list[Any], data_dir: Any
) -> None:
    had = what_is_kept()
    seed_groups()
    User.objects.create(username="sam").groups.add(Group.objects.get(name="Staff"))
    make_things()
    assert len(filled() - KEPT) > 15
    emptying.after(CASE)
    assert filled() == KEPT
    assert what_is_kept() == had
    assert flushed == []


def test_a_permission_that_a_test_made_is_taken_away_by_djangos_own_flush(
    emptying: Emptying, flushed: list[Any]
) -> None:
    kind = ContentType.objects.get_for_model(User)
    mine = Permission.objects.create(content_type=kind, codename="fly", name="Can fly")
    emptying.after(CASE)
    assert flushed == [CASE]
    mine.delete()
