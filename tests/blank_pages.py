"""Reports without their drawing, which takes seconds: for pasts in which nobody opens one.

That reports are drawn is seen in tests/reports, and those of a past in tests/history/test_making.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import pytest


@contextmanager
def blank_pages() -> Iterator[None]:
    """Within it a PDF has one page, with nothing on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("backoffice.reports.pdf.write", write)
        yield


def write(_order: Any, _sections: Sequence[Any], target: IO[bytes], _progress: Any) -> int:
    target.write(b"%PDF-1.7\n%%EOF\n")
    return 1
