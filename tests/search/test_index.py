"""The index of contents: it is what answers, and what happens on a database that cannot have it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection
from django.test import Client
from django.utils import timezone

from tasks_app.db.trigrams import INDEXES, TrigramIndex
from tasks_app.models import SearchText
from tasks_app.models.search import TEXT_INDEX
from tasks_app.monitor.health.checks import Level
from tasks_app.monitor.health.search import check_index
from tasks_app.search import finding
from tasks_app.search.things import JOB
from tests.search.making import JOBS, MESSAGES, a_job, a_message, fill_all, found, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def without_index() -> Iterator[None]:
    for index in INDEXES:
        index.drop()
    yield
    assert [index.build() for index in INDEXES] == [""] * len(INDEXES)


def refs_with(word: str) -> list[str]:
    found = finding._everywhere(JOB, [word])
    return [ref for _moment, ref in found.all()] if found else []


@pytest.mark.parametrize("word", ["---", "@.@", "...", "(((", "+++"])
def test_what_has_no_letter_is_looked_for_among_the_newest_alone(word: str, admin_client: Client) -> None:
    """PostgreSQL's index has letters and digits alone, and would be read from end to end."""
    job = a_job(f"a{word}b")
    fill_all()
    assert found(admin_client, JOBS, word) == [job.pk]
    if connection.vendor == "postgresql":
        assert finding._everywhere(JOB, [word]) is None


# --- Without ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("without_index")
def test_without_an_index_parts_are_found_among_the_newest_and_beginnings_everywhere(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = a_job("zoe.lefevre@example.org", timedelta(days=3))
    new = a_job("zoe.lefevre@example.org", timedelta(days=2))
    newer = a_job("ann@example.org")
    title = a_job("Activity – Last month", timedelta(days=4))
    fill_all()
    monkeypatch.setattr(finding, "MOST", 2)
    assert found(admin_client, JOBS, "lefevre") == [new.pk]
    assert found(admin_client, JOBS, "Zoe") == [new.pk, old.pk]
    assert found(admin_client, JOBS, "activity") == [title.pk]
    assert found(admin_client, JOBS, "ann") == [newer.pk]
    [note] = said(admin_client, JOBS, "lefevre")
    assert "“manage.py doctor” says what it lacks" in note


@pytest.mark.usefixtures("without_index")
def test_without_an_index_a_list_that_was_looked_through_whole_says_nothing(admin_client: Client) -> None:
    message = a_message("ann@example.org", "Votre facture")
    fill_all()
    assert found(admin_client, MESSAGES, "ture") == [message.pk]
    assert said(admin_client, MESSAGES, "ture") == []


@pytest.mark.usefixtures("without_index")
def test_without_an_index_doctor_says_what_it_means_and_what_to_do() -> None:
    [finding_] = check_index(timezone.now())
    assert finding_.level is Level.DEGRADED
    assert TEXT_INDEX.name in finding_.sentence
    assert "manage.py build_search" in finding_.remedy


def test_the_command_makes_it_and_fills_it(without_index: None) -> None:
    job = a_job("ann@example.org")
    out = StringIO()
    call_command("build_search", stdout=out)
    assert "The search has all there is." in out.getvalue()
    assert TEXT_INDEX.is_there()
    assert refs_with("example") == [job.pk]
    [finding_] = check_index(timezone.now())
    assert finding_.level is Level.OK


def test_a_database_that_refuses_an_index_is_said_by_the_command(
    without_index: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(index: TrigramIndex) -> None:
        raise ProgrammingError('permission denied to create extension "pg_trgm"\nHINT: Must be superuser')

    monkeypatch.setattr(TrigramIndex, "_build", refuse)
    with pytest.raises(CommandError) as refused:
        call_command("build_search", stdout=StringIO())
    assert 'permission denied to create extension "pg_trgm"' in str(refused.value)
    monkeypatch.undo()


def test_what_a_table_says_its_index_says_through_every_change() -> None:
    """On SQLite triggers see to it."""
    one = SearchText.objects.create(thing="job", ref="a", text=" before it was", moment=timezone.now())
    assert refs_with("before") == ["a"]
    SearchText.objects.filter(pk=one.pk).update(text=" after that")
    assert refs_with("before") == []
    assert refs_with("after") == ["a"]
    SearchText.objects.filter(pk=one.pk).delete()
    assert refs_with("after") == []
