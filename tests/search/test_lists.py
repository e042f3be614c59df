"""What the search boxes of the growing lists find, and what they say of what they did not look through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.models import Recipient
from tasks_app.models import SearchProgress, SearchText, State
from tasks_app.search import filling, finding
from tasks_app.search.filling import fill
from tests.search.making import JOBS, MESSAGES, a_job, a_message, fill_all, found, said

pytestmark = pytest.mark.django_db

# With the table filled, and with nothing but rows that were made a moment ago.
FILLED = pytest.mark.parametrize("filled", [True, False], ids=["filled", "fresh"])
# Whatever somebody may type; each is literally in no text.
ODD = [
    *(
        "%",
        "_",
        "%%%",
        "a_b%",
        "\\",
        "'",
        '"',
        '"""',
        "';--",
        "/*",
        "*",
        "ann*",
        "^ann",
        "text:ann",
        "-ann",
        "+",
    ),
    *("NEAR(ann ben)", "AND", "ann OR ben", "NOT NOT", "(((", "{", "}", "[a-z]", ".*", "?", "$$", "\x00"),
    *(
        "ann\x00ben",
        "\ufeff",
        "\u200f\u200e",
        "שלום עולם",
        "東京",
        "東",
        "👩‍👩‍👧",
        "é",
        "a",
        "ab",
        "a b c",
        "\t\n",
    ),
    *("ann\r\nben", "x" * 199, "x " * 12, "\u0301\u0301\u0301", "𝔞𝔫𝔫𝔞", "ﷺﷺﷺ"),
]


@FILLED
def test_jobs_are_found_by_any_part_of_what_they_are_about(filled: bool, admin_client: Client) -> None:
    Recipient.objects.create(email="z.lefevre@example.org", name="Zoë Lefèvre", company="Ñandú GmbH")
    job, other = a_job("z.lefevre@example.org"), a_job("ben@example.com")
    if filled:
        fill_all()
    for term in (
        "LEFEVRE",
        "lefèv",
        "zoe",
        "nandu",
        "example.org",
        "z.l",
        "zoe lefevre",
        "lefevre gmbh",
        "ZO",
    ):
        assert found(admin_client, JOBS, term) == [job.pk], term
    assert found(admin_client, JOBS, "example") == [other.pk, job.pk]
    assert found(admin_client, JOBS, "lefevre ben") == []
    assert found(admin_client, JOBS, "ev") == []  # two characters begin a word


@FILLED
def test_messages_are_found_by_name_address_and_words_of_the_subject(
    filled: bool, admin_client: Client
) -> None:
    message = a_message(
        "m.curie@example.org",
        "Votre facture d’été nº 1",
        headers={"To": '"Curie, Maria" <m.curie@example.org>'},
    )
    a_message("ben@example.com", "Welcome")
    if filled:
        fill_all()
    for term in ("FACTURE", "ete", "d'ete", "curie", "Maria Curie", "@example.org", str(message.pk)):
        assert found(admin_client, MESSAGES, term) == [message.pk], term


def test_an_address_with_letters_of_its_own_is_found_as_people_write_it(admin_client: Client) -> None:
    message = a_message("ann@xn--exmple-cua.org", "Hello")
    for term in ("exämple", "example.org", "xn--exmple"):
        assert found(admin_client, MESSAGES, term) == [message.pk], term


def test_jobs_are_found_by_the_beginning_of_an_id_and_by_words_of_an_error_as_before(
    admin_client: Client,
) -> None:
    job = a_job("ann@example.org", id="3f2a1b4c-0000-4000-8000-000000000001", state=State.FAILED)
    now = timezone.now()
    job.attempts.create(number=1, outcome="failed", ended_at=now, error="The mailbox of somebody is full")
    a_job("ben@example.org")
    fill_all()
    assert found(admin_client, JOBS, "3f2a1b4c-00") == [job.pk]
    assert found(admin_client, JOBS, "mailbox of somebody") == [job.pk]


@FILLED
@pytest.mark.parametrize("page", [JOBS, MESSAGES])
def test_whatever_is_typed_is_answered(page: str, filled: bool, admin_client: Client) -> None:
    a_job("ben@example.org")
    a_message("ben@example.org", "Hello")
    if filled:
        fill_all()
    for term in ODD:
        assert isinstance(found(admin_client, page, term), list), term


@FILLED
def test_signs_that_mean_something_to_a_database_mean_themselves(filled: bool, admin_client: Client) -> None:
    jobs = {
        about: a_job(about) for about in ('100% "sure"_x', "100 sure x", "a*b (OR) c:d", "it's -- \\ fine")
    }
    if filled:
        fill_all()
    for term, about in (
        ("100%", '100% "sure"_x'),
        (r'"\"sure\""', '100% "sure"_x'),  # a quotation of a quotation
        ('e"_x', '100% "sure"_x'),
        ("a*b", "a*b (OR) c:d"),
        ("(or)", "a*b (OR) c:d"),
        ("c:d", "a*b (OR) c:d"),
        ("it’s", "it's -- \\ fine"),
    ):
        assert found(admin_client, JOBS, term) == [jobs[about].pk], term


@FILLED
def test_what_is_found_in_two_ways_is_counted_once_and_shown_page_by_page(
    filled: bool, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its contents, by its error, by both, and a moment ago: of the first the newest are known alone."""
    monkeypatch.setattr(finding, "FIRST", 4)
    now = timezone.now()
    by_contents = [a_job("ann@example.org", timedelta(hours=hours)) for hours in range(1, 10)]
    by_error = a_job("ben@example.org", timedelta(hours=4, minutes=30), state=State.FAILED)
    for job in (by_error, by_contents[2], by_contents[7]):
        job.attempts.create(number=1, outcome="failed", ended_at=now, error="Ann is away")
    if filled:
        fill_all()
    fresh = a_job("ann@example.org", timedelta())
    wanted = sorted([*by_contents, by_error, fresh], key=lambda job: job.created_at, reverse=True)
    monkeypatch.setattr("tasks_app.admin.jobs.listing.JobAdmin.list_per_page", 3)
    address, seen = reverse(f"admin:{JOBS}_changelist") + "?q=ann", []
    while address:
        cl = admin_client.get(address).context["cl"]
        assert cl.paginator.counted == len(wanted)
        seen += [row.pk for row in cl.result_list]
        address = (
            reverse(f"admin:{JOBS}_changelist") + cl.turned.ways["next"] if "next" in cl.turned.ways else ""
        )
    assert seen == [job.pk for job in wanted]


def test_the_filters_of_a_list_hold_for_what_is_found(admin_client: Client) -> None:
    a_job("ann@example.org")
    failed = a_job("ann@example.org", state=State.FAILED)
    fill_all()
    assert found(admin_client, JOBS, "ann", state="failed") == [failed.pk]


def test_what_is_found_is_shown_the_newest_first(admin_client: Client) -> None:
    old, new, newest = (a_job("ann@example.org", timedelta(hours=hours)) for hours in (3, 2, 1))
    fill_all()
    fresh = a_job("ann@example.org", timedelta())
    assert found(admin_client, JOBS, "ann@") == [fresh.pk, newest.pk, new.pk, old.pk]


# --- What is said ------------------------------------------------------------------------------


def test_where_everything_was_looked_through_nothing_is_said(admin_client: Client) -> None:
    a_job("ann@example.org")
    fill_all()
    a_job("ann@example.org", timedelta())  # a moment ago
    assert len(found(admin_client, JOBS, "ann")) == 2
    assert said(admin_client, JOBS, "ann") == []
    assert said(admin_client, JOBS, "nobody") == []


def test_that_a_short_word_is_found_at_the_beginning_of_words_is_said(admin_client: Client) -> None:
    job = a_job("oz@example.org")
    fill_all()
    [note] = said(admin_client, JOBS, "Öz")
    assert "“oz” is found where a word begins with it" in note
    assert found(admin_client, JOBS, "Öz") == [job.pk]


@pytest.mark.parametrize("term", ["東京", "東"])
def test_short_words_of_scripts_without_blanks_are_found_at_the_beginning(
    term: str, admin_client: Client
) -> None:
    message = a_message("t@example.org", "東京タワー")
    a_message("k@example.org", "大東京")
    fill_all()
    assert found(admin_client, MESSAGES, term) == [message.pk]
    assert said(admin_client, MESSAGES, term) != []


def test_words_that_very_many_have_are_looked_for_among_the_newest_of_the_list(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the list as it is filtered: what failed long ago is found though newer ones have the words."""
    failed = [
        a_job(f"f{days}@example.org", timedelta(days=days), state=State.FAILED) for days in range(9, 14)
    ]
    for hours in range(6):
        a_job(f"s{hours}@example.org", timedelta(hours=hours))
    fill_all()
    monkeypatch.setattr(finding, "MOST", 4)
    assert found(admin_client, JOBS, "example", state="failed") == [job.pk for job in failed[:4]]
    [note] = said(admin_client, JOBS, "example", state="failed")
    assert "Too many have “example”: the newest 4 of this list were looked through" in note
    # Few have this word: it is found wherever it is.
    assert found(admin_client, JOBS, "f13@example") == [failed[-1].pk]
    assert said(admin_client, JOBS, "f13@example") == []


def test_a_short_list_was_looked_through_whole_whatever_the_words(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hours in range(6):
        a_job(f"s{hours}@example.org", timedelta(hours=hours))
    failed = a_job("f@example.org", state=State.FAILED)
    fill_all()
    monkeypatch.setattr(finding, "MOST", 4)
    assert found(admin_client, JOBS, "example", state="failed") == [failed.pk]
    assert said(admin_client, JOBS, "example", state="failed") == []


def test_a_search_behind_its_time_says_how_far(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_all(timezone.now() - timedelta(minutes=3))
    for number in range(3):
        a_job(f"a{number}@example.org", timedelta(minutes=1))
    assert said(admin_client, JOBS, "nobody") == []  # what is not in was looked at itself
    monkeypatch.setattr(finding, "FRESH", 2)
    monkeypatch.setattr("tasks_app.search.saying.FRESH", 2)
    [note] = said(admin_client, JOBS, "nobody")
    assert "Finds what was written up to 3 min" in note
    assert len(found(admin_client, JOBS, "a")) >= 2


def test_a_past_that_is_not_in_yet_is_said(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "BATCH", 2)
    for days in range(1, 6):
        a_job(f"a{days}@example.org", timedelta(days=days))
    fill(timezone.now(), budget=0)
    assert SearchProgress.objects.get(thing="job").swept_at is None
    [note] = said(admin_client, JOBS, "a5@example.org")
    assert "The past is being added to the search" in note
    fill_all()
    assert said(admin_client, JOBS, "a5@example.org") == []


def test_before_the_first_look_of_a_clock_it_is_said_how_many_are_found(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FRESH", 2)
    for days in range(4):
        a_job(f"a{days}@example.org", timedelta(days=days))
    assert any("has not filled the search yet" in note for note in said(admin_client, JOBS, "example"))


def test_where_the_database_is_slow_fewer_of_the_newest_are_looked_through(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [a_job(f"a{hours}@example.org", timedelta(hours=hours)) for hours in range(3)]
    fill_all()
    monkeypatch.setattr(finding, "MOST", 20)
    monkeypatch.setattr(finding, "_everywhere", lambda thing, patterns, others: None)

    def slow(using: str, milliseconds: int, ask: Any) -> Any:
        found = ask()
        return None if isinstance(found, list) and len(found) > 2 else found

    monkeypatch.setattr(finding, "in_time", slow)
    assert found(admin_client, JOBS, "example") == [job.pk for job in jobs[:2]]
    assert any(
        "the newest 2 of this list were looked through" in one for one in said(admin_client, JOBS, "example")
    )


def test_what_takes_too_long_is_given_up_and_said(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_job("ann@example.org")
    fill_all()
    monkeypatch.setattr(finding, "in_time", lambda using, milliseconds, ask: None)
    assert found(admin_client, JOBS, "ann") == []
    assert any("Not all was looked through" in note for note in said(admin_client, JOBS, "ann"))


def test_the_sentences_are_french_for_a_french_reader(admin_client: Client) -> None:
    a_job("oz@example.org")
    fill_all()
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
    assert "commence" in said(admin_client, JOBS, "oz")[0]


# --- Who finds what ----------------------------------------------------------------------------


@pytest.mark.parametrize("page", [JOBS, MESSAGES])
def test_who_may_not_see_a_list_searches_none(page: str, signed_in: Callable[[str], Client]) -> None:
    a_job("ann@example.org")
    answer = signed_in("Managers").get(reverse(f"admin:{page}_changelist"), {"q": "ann"})
    assert answer.status_code == 403


def test_a_message_about_a_password_is_found_by_its_address_alone(admin_client: Client) -> None:
    message = a_message(
        "ann@example.org", "Your new password", security=True, headers={"To": "Ann Other <ann@example.org>"}
    )
    fill_all()
    assert found(admin_client, MESSAGES, "ann@") == [message.pk]
    assert found(admin_client, MESSAGES, "password") == []
    assert found(admin_client, MESSAGES, "other") == []


def test_a_text_whose_row_is_gone_finds_nothing(admin_client: Client) -> None:
    job = a_job("ann@example.org")
    fill_all()
    type(job).objects.filter(pk=job.pk).delete()
    assert SearchText.objects.filter(ref=job.pk).exists()
    assert found(admin_client, JOBS, "ann") == []


def test_no_argument_is_searched(admin_client: Client, settings: Any) -> None:
    a_job("ann@example.org", kwargs={"api_key": "sk-secret"}, args=["sk-secret"])
    fill_all()
    for term in ("secret", "sk-secret", "api_key", "sk"):
        assert found(admin_client, JOBS, term) == []
