"""Objects of a PDF, written as they come and found again."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from backoffice.reports.typeset.pdf_file import BATCH, PdfFile

pytestmark = pytest.mark.once


@pytest.mark.parametrize("objects", [0, 1, BATCH - 2, BATCH - 1, BATCH, 3 * BATCH + 7])
def test_each_object_is_found_by_its_number(objects: int) -> None:
    target = io.BytesIO()
    file = PdfFile(target)
    later = file.number()  # asked for before it is known
    never = file.number()
    plain = [file.add(b"(%d)" % n) for n in range(objects)]
    stream = file.add_stream(b"drawn", b"/Of 1")
    file.add(b"<</Type/Catalog/Pages %d 0 R>>" % file.add(b"<</Type/Pages/Count 0/Kids[]>>"), later)
    file.finish(later, file.add(b"<</Title(A title)>>"))
    read = PdfReader(io.BytesIO(target.getvalue()), strict=True)
    assert read.metadata is not None
    assert read.metadata.title == "A title"
    assert read.trailer["/Root"]["/Type"] == "/Catalog"  # type: ignore[index]
    assert [str(read.get_object(one)) for one in plain] == [str(n) for n in range(objects)]
    found = read.get_object(stream)
    assert found.get_data() == b"drawn"
    assert PdfReader(io.BytesIO(target.getvalue())).get_object(never) is None  # as the format wants it
