"""Arguments in a row, and back as a task gets them."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from celery.app.amqp import task_message
from hypothesis import given
from hypothesis import strategies as st
from kombu.utils import json as kombu_json

from tasks_app.ledger.json_values import from_json, to_json
from tasks_app.ledger.message_codec import job_of_message

pytestmark = pytest.mark.once

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
TAGGED = st.dates() | st.datetimes() | st.uuids() | st.decimals(allow_nan=False)
KEYS = TEXTS | st.just("__type__")  # alone it marks nothing
VALUES = st.recursive(
    SCALARS | TAGGED, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)


@given(st.lists(VALUES, max_size=4) | st.dictionaries(KEYS, VALUES, max_size=4))
def test_what_is_kept_is_what_kombu_would_write(value: Any) -> None:
    kept = to_json(value)
    assert repr(kept) == repr(json.loads(kombu_json.dumps(value)))
    assert kept is not value


@given(st.lists(SCALARS, max_size=4) | st.dictionaries(TEXTS, SCALARS, max_size=4))
def test_plain_values_come_back_as_a_copy(value: Any) -> None:
    given_back = from_json(to_json(value))
    assert repr(given_back) == repr(value)
    assert given_back is not value


@pytest.mark.parametrize(
    "value",
    [
        [date(2026, 3, 29)],
        {"at": datetime(2026, 3, 29, 2, 30)},  # noqa: DTZ001 - what a caller may hand over
        {"of": {"id": UUID(int=7)}},
        [[Decimal("0.10")]],
    ],
)
def test_what_json_lacks_comes_back_too(value: Any) -> None:
    assert from_json(to_json(value)) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", ["\udfff"], {"\ud800": 1}])
def test_what_no_database_takes_is_refused_before_a_row_is_written(value: Any) -> None:
    with pytest.raises(ValueError, match=r"JSON compliant|surrogates not allowed"):
        to_json({"it": value})


def test_a_moment_that_is_none_is_refused_and_not_taken_for_now() -> None:
    with pytest.raises(ValueError, match="tomorrow"):
        job_of_message("a.task", task_message({"id": "an-id", "eta": "tomorrow"}, {}, ([], {}, {}), None))
