"""What WeasyPrint made of some sections, as objects of a file that has other objects already."""

from __future__ import annotations

import re
from typing import Any

import pydyf
from weasyprint import Document

from backoffice.reports.typeset.layout import VARIANT
from backoffice.reports.typeset.pdf_file import PdfFile

REFERENCE = re.compile(rb"(\d+) 0 R")


class Piece:
    """The objects of one PDF of WeasyPrint's, numbered anew as they are written."""

    def __init__(self, file: PdfFile, pdf: pydyf.PDF, known: dict[int, int]) -> None:
        """`known` are those that the file has in another form, by their number in the piece."""
        self._file, self.pdf = file, pdf
        self._numbers = dict(known)
        self._left: list[Any] = []
        for one in pdf.objects:
            if one.free == "n" and one.number not in known:
                self._numbers[one.number] = file.number()
                self._left.append(one)

    def number(self, theirs: pydyf.Object | bytes) -> int:
        """In the file, of an object or of what a reference leads to."""
        at = int(theirs.split()[0]) if isinstance(theirs, bytes) else theirs.number
        return self._numbers[at]

    def bytes_of(self, value: Any) -> bytes:
        """A value as it is written, with the file's numbers in its references."""
        match value:
            case bytes():
                found = REFERENCE.fullmatch(value)
                if found is None:
                    return value
                ours = self._numbers.get(int(found[1]))
                return b"null" if ours is None else b"%d 0 R" % ours
            case dict():
                parts = (b"/%s %s" % (key.encode(), self.bytes_of(one)) for key, one in value.items())
                return b"<<%s>>" % b"".join(parts)
            case list() | tuple():
                return b"[%s]" % b" ".join(map(self.bytes_of, value))
            case pydyf.Object():
                data: bytes = value.data
                return data
            case _:
                return _plain(value)

    def write(self, *later: pydyf.Object) -> None:
        """All objects but those that somebody else writes `later`."""
        for one in self._left:
            if any(one is other for other in later):
                continue
            number = self._numbers[one.number]
            if isinstance(one, pydyf.Stream):
                data = b"\n".join(map(_plain, one.stream))
                entries = self.bytes_of(dict(one.extra))[2:-2]
                self._file.add_stream(data, entries, number)
            else:
                self._file.add(self.bytes_of(one), number)


def _plain(value: Any) -> bytes:
    data: bytes = pydyf.Array([value]).data
    return data[1:-1]


def objects_of(document: Document, **options: Any) -> pydyf.PDF:
    """The PDF that WeasyPrint would write, before it is written."""
    taken: list[pydyf.PDF] = []

    def take(_document: Document, pdf: pydyf.PDF) -> None:
        whole = pydyf.PDF()
        whole.__dict__.update(pdf.__dict__)
        taken.append(whole)
        pdf.objects = []  # nothing is left for WeasyPrint to write

    document.write_pdf(_Nowhere(), finisher=take, **options)
    return taken[0]


def tagged(document: Document) -> pydyf.PDF:
    return objects_of(document, pdf_variant=VARIANT)


class _Nowhere:
    def write(self, data: bytes) -> int:
        return len(data)
