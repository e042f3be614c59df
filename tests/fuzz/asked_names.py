"""Which parameters and fields a view asks for, heard as it asks: a page added tomorrow is heard as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

METHODS = ("get", "getlist", "pop", "__getitem__", "__contains__")


@contextmanager
def heard() -> Iterator[set[str]]:
    """The names that are asked of any query string or form in this block."""
    names: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for method in METHODS:
            patch.setattr(QueryDict, method, _listening(method, names), raising=False)
        yield names


def _listening(method: str, names: set[str]) -> Any:
    original = getattr(QueryDict, method, None) or getattr(MultiValueDict, method)

    def asked(self: Any, name: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(name, str):
            names.add(name)
        return original(self, name, *args, **kwargs)

    return asked
