"""The codes of exceptions that are not ours: one for what is the same, two for what differs, none of whom."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import translation

from tasks_app.ledger.failure import Failure, notice_of
from tasks_app.logs import masking
from tasks_app.notices import foreign
from tasks_app.notices.foreign import normalised

SAME = [
    ("Recipient 42 not found", "Recipient 7 not found"),
    ("no order AB-1093/x for zoe@example.org", "no order QR-7/x for m.o'neil+shop@mail.example.org"),
    ("cannot open '/srv/data/zoe.pdf'", 'cannot open "C:\\data\\max the second.pdf"'),
    ("cannot open /srv/a/b.pdf", "cannot open ./files/2026/other.csv"),
    ("file reports/zoe/x.pdf is gone", "file reports/max/2026/y.pdf is gone"),
    ("waited 1 204,5 s", "waited 3 s"),
    ("bad ids: 1, 2, 3", "bad ids: 9"),
    ("none of 'a', 'b' and 'c'", "none of 'z'"),
    ("“Zoé” is no name", "“Max” is no name"),
    ("« Zoé » n’est pas un nom", "« Max » n’est pas un nom"),
    ("job 6f1d8a52-0c0e-5a57-9d0f-3c1c5b2f7e11 is gone", "job deadbeefcafe is gone"),
    ("<Recipient: Zoé Martin (zoe@example.org)> is bad", "<Recipient: Max> is bad"),
    ("late since Thu, 05 Nov 2026 10:00:00 GMT", "late since Mon, 4 May 2026 09:30:00 GMT"),
    ("https://api.example.org/v1/people/7?key=a answered", "https://api.example.org/v1/people/8 answered"),
    (
        'duplicate key value\nDETAIL:  Key (email)=(zoe@example.org) already exists.',
        'duplicate key value\nDETAIL:  Key (email)=(Max Müller) already exists.',
    ),
    ("name=Zoé was refused", "name=Max was refused"),
    ("can't read b'\\x00zoe'", "can't read b'max'"),
    ("at 0x7f3a99 it  ended\n", "at 0x1 it ended"),
    ("no answer with url: /messages?token=abc&to=zoe", "no answer with url: /people"),
    ("retries exceeded with url: /v1/x/?a=1 (refused)", "retries exceeded with url: /v1/y (refused)"),
    ("trop tard depuis le mardi 3 décembre 2026", "trop tard depuis le dimanche 29 novembre 2026"),
    ("attendu le 14 juil. 2026", "attendu le 1 août 2026"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_differs_only_in_its_values_is_the_same(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("connection refused", "connection reset"),
        ("cannot open 'x': no such file", "cannot open 'x': no right to read"),
        ("the printer is on fire", "the printer has no paper"),
        ("and/or", "either or"),
        ("it may fail", "it will fail"),
        ("sample 5 is bad", "vendor 5 is bad"),
        ("main 5 is bad", "avril 5 is bad"),
    ],
)
def test_what_went_wrong_in_another_way_is_not(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@pytest.mark.parametrize("sign", ["a", "(", "'", "@", "/", "1 ", "a/", "=(", "<a:", "⟨n⟩ ", "a.-1"])
def test_no_message_takes_long_to_read(sign: str) -> None:
    """One that is longer than what is read is cut first: a pattern that backtracks would not come back."""
    assert len(normalised(sign * 200_000)) <= foreign.READ * 2


# --- Where: an installation's own module, a library, a package -----------------------------------------

OWN = """
import json
def parse(text):
    # a comment
    return json.loads(text)
def check(text):
    return json.loads(text)
class Shop:
    def order(self, number):
        return (lambda: {}[number])()
def call(function):
    return function()
"""


@pytest.fixture
def module_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    """A module with this source, as an installation (or, below site-packages, a package) brings it."""

    def make(name: str, source: str = OWN, folder: str = "") -> ModuleType:
        path = tmp_path / folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return make


def failure_of(call: Callable[..., Any], *args: Any) -> Failure:
    try:
        call(*args)
    except Exception as error:
        return Failure.of(error)
    raise AssertionError("it did not fail")


def test_an_error_raised_in_a_library_is_placed_where_our_code_called_it(module_of: Any) -> None:
    ours = module_of("our_jobs")
    failure = failure_of(ours.parse, "{zoe@example.org")
    assert failure.notice.code.startswith("json.decoder.JSONDecodeError@our_jobs:parse#")
    assert failure.notice.in_general == "json.decoder.JSONDecodeError in our_jobs:parse"


def test_a_package_is_not_our_own_code(module_of: Any) -> None:
    theirs = module_of("their_package", folder="lib/python3.12/site-packages")
    ours = module_of("our_jobs")
    failure = failure_of(ours.call, lambda: theirs.parse("{"))
    assert "@our_jobs:call#" not in failure.notice.code  # the lambda of this test is innermost
    assert "their_package" not in failure.notice.code
    assert "test_foreign:test_a_package_is_not_our_own_code#" in failure.notice.code


def test_a_method_is_named_and_a_lambda_is_where_it_stands(module_of: Any) -> None:
    failure = failure_of(module_of("our_shop").Shop().order, "B-12")
    assert failure.notice.code.startswith("KeyError@our_shop:Shop.order#")


def test_a_line_that_is_added_makes_no_other_error_and_another_function_does(module_of: Any) -> None:
    before = failure_of(module_of("our_jobs").parse, "{'a'")
    moved = module_of("our_jobs", OWN.replace("    # a comment\n", "    # a comment\n    # and another\n\n"))
    assert failure_of(moved.parse, "{'bb'").fingerprint == before.fingerprint
    assert failure_of(moved.check, "{'bb'").fingerprint != before.fingerprint


def test_one_place_fails_in_two_ways() -> None:
    def raising(error: Exception) -> Failure:
        def body() -> None:
            raise error

        return failure_of(body)

    full, fire = raising(OSError("no room for 12 bytes")), raising(OSError("the printer is on fire"))
    assert full.fingerprint == raising(OSError("no room for 980 bytes")).fingerprint
    assert (
        len({full.fingerprint, fire.fingerprint, raising(ValueError("no room for 1 bytes")).fingerprint}) == 3
    )


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "error",
    [
        ValueError("zoe@example.org has no account, said Zoé Martin"),
        IntegrityError("Key (email)=(zoe@example.org) already exists"),
        KeyError("zoe@example.org"),
        ArithmeticError("Zoé Martin owes 12"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_nothing_of_a_foreign_message_is_in_the_code_or_the_general_sentence(
    error: Exception, language: str
) -> None:
    with translation.override(language):
        notice = notice_of(error)
        for told in (notice.code, notice.in_general):
            assert "zoe" not in told.casefold()
            assert "martin" not in told.casefold()
        assert str(error) in str(notice)


def test_an_error_from_nowhere_of_ours_says_so() -> None:
    notice = notice_of(RuntimeError("x"))  # never raised
    assert notice.in_general == "RuntimeError, outside of the back office’s own code"
    assert foreign.is_foreign(notice.code)


def test_a_code_fits_its_column_and_has_no_signs_of_its_own_in_its_names() -> None:
    long = type("E" * 400, (Exception,), {"__module__": "a@b#c." * 50})
    code = notice_of(long("x" * 9_000)).code
    assert len(code) <= 255
    assert foreign.is_foreign(code)


def test_a_secret_is_neither_kept_nor_does_it_tell_two_causes_apart() -> None:
    def failed(secret: str) -> Failure:
        masking.mask_here(masking.spellings([secret]))
        try:
            return failure_of(json.loads, f"the key {secret} was refused")
        finally:
            masking.mask_here(())

    one, other = failed("hunter-two"), failed("swordfish")
    assert one.fingerprint == other.fingerprint
    assert "hunter" not in json.dumps(one.as_fields())
