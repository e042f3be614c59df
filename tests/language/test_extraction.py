"""The catalogue holds the sentences of the sources, no more and no fewer; libraries are spoken for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import polib
import pytest
from django.utils import translation
from django.utils.translation import trans_real

from tests.language.catalogue import french, key

pytestmark = pytest.mark.once

LIBRARIES = ("unfold", "import_export", "django_celery_beat", "django_celery_results")
# Parts of Unfold that are not installed here.
NOT_OURS = (
    "contrib/constance", "contrib/guardian", "contrib/hijack", "contrib/location", "contrib/reversion",
    "contrib/simple_history", "templates/unfold_crispy",
)  # fmt: skip


def test_each_sentence_of_the_sources_is_in_the_catalogue(ours: list[polib.POEntry]) -> None:
    missing = {key(entry) for entry in ours} - {key(entry) for entry in french()}
    assert not missing, f"Run `make messages`, then translate in locale/fr: {missing}"


def test_the_catalogue_holds_no_sentence_that_is_gone(ours: list[polib.POEntry]) -> None:
    assert not {key(entry) for entry in french()} - {key(entry) for entry in ours}, "Run `make messages`."


@pytest.mark.parametrize("library", LIBRARIES)
def test_each_sentence_of_a_library_is_said_in_french(
    library: str, collect: Callable[[Path], list[polib.POEntry]]
) -> None:
    entries = collect(_folder(library))
    with translation.override("fr"):
        known = trans_real.translation("fr")
        missing = [
            entry.msgid
            for entry in entries
            if _shown(library, entry) and _lookup(entry) not in known._catalog
        ]
    assert not missing, f"Add to projet/third_party_messages.py, then run `make messages`: {missing}"


def _folder(library: str) -> Path:
    return Path(str(import_module(library).__file__)).parent


def _shown(library: str, entry: polib.POEntry) -> bool:
    return not all(
        place.startswith(tuple(f"{library}/{part}" for part in NOT_OURS)) for place, _ in entry.occurrences
    )


def _lookup(entry: polib.POEntry) -> str | tuple[str, int]:
    """As Django's catalogue has its keys."""
    named = f"{entry.msgctxt}\x04{entry.msgid}" if entry.msgctxt else entry.msgid
    return (named, 0) if entry.msgid_plural else named
