"""A rhythm as a person says it: what it becomes in the form's fields, told by the words of the page."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_app.admin.schedules.form import ScheduleForm
from tasks_app.admin.schedules.phrase import PREFIX, UNSAID, _entered
from tasks_app.schedules.phrases import LONGEST, NotUnderstood, read
from tasks_app.schedules.rhythm import words
from tests.clock.making import PARIS, at
from tests.clock.phrases import ENGLISH, FRENCH, REFUSED
from tests.clock.test_pages import filled

NOW = at("2026-11-25 10:00", PARIS)  # a Wednesday


def form_of(values: dict[str, Any]) -> ScheduleForm:
    """The form as a browser would send it after the phrase filled it in."""
    data: dict[str, Any] = filled(position="-1", counted="working", step="15", event="sunrise")
    for name, value in (UNSAID | values).items():
        data[f"{PREFIX}-{name}"] = (
            [_entered(one) for one in value] if isinstance(value, list) else _entered(value)
        )
    return ScheduleForm(data, prefix=PREFIX)


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize(("phrase", "sentence"), [*ENGLISH.items(), *FRENCH.items()])
def test_a_phrase_becomes_the_rhythm_that_it_says(phrase: str, sentence: str) -> None:
    form = form_of(read(phrase, NOW))
    assert form.is_valid(), form.errors
    assert words(form.unsaved()).removesuffix(f" ({PARIS})") == sentence


@pytest.mark.parametrize(("phrase", "part"), REFUSED.items(), ids=[one[:40] for one in REFUSED])
def test_what_says_no_rhythm_is_refused_with_a_sentence(phrase: str, part: str) -> None:
    with pytest.raises(NotUnderstood) as error:
        read(phrase, NOW)
    assert part in str(error.value)


@pytest.mark.parametrize(
    ("phrase", "moment"),
    [
        ("tomorrow at 9", "2026-11-26 09:00"),
        ("demain à 9h30", "2026-11-26 09:30"),
        ("on 24/12/2026 at 8", "2026-12-24 08:00"),
        ("le 24 décembre 2026 à 8h", "2026-12-24 08:00"),
        ("once on 2027-01-02 at 14:00", "2027-01-02 14:00"),
        ("December 24, 2026 at 3pm", "2026-12-24 15:00"),
        ("une fois le 1er mars 2027 à midi", "2027-03-01 12:00"),
    ],
)
def test_a_date_is_once(phrase: str, moment: str) -> None:
    assert read(phrase, NOW) == {"kind": "once", "moment": datetime.fromisoformat(moment)}


@pytest.mark.parametrize(
    ("phrase", "zone"),
    [
        ("every day at 8 Europe/Paris", "Europe/Paris"),
        ("every day at 8 in New York", "America/New_York"),
        ("every monday at 7 Asia/Kathmandu", "Asia/Kathmandu"),
        ("tous les jours à 8h heure de Santiago", "America/Santiago"),
        ("every day at 8 UTC", "UTC"),
        ("every day at 8 Tokyo time", "Asia/Tokyo"),
        ("every day at 8", None),
    ],
)
def test_a_time_zone_is_named_by_its_place(phrase: str, zone: str | None) -> None:
    assert read(phrase, NOW).get("zone") == zone


@pytest.mark.parametrize(("phrase", "event"), [("at sunrise", "sunrise"), ("au coucher du soleil", "sunset")])
def test_the_sun(phrase: str, event: str) -> None:
    assert read(f"{phrase}, every day", NOW) | {"kind": "sun"} == {"kind": "sun", "event": event}


@given(st.text(max_size=LONGEST))
def test_no_text_breaks_it(text: str) -> None:
    with suppress(NotUnderstood):
        assert "kind" in read(text, NOW)
