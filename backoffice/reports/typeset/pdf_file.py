"""A PDF that is written object by object: of each, only its place is remembered (ISO 32000-1, 7.5)."""

from __future__ import annotations

import zlib
from array import array
from typing import IO

BATCH = 200  # objects that are compressed together: more take longer to find, fewer more room
FREE, PLAIN, PACKED = 0, 1, 2  # where an object is: nowhere, at an offset, in a batch
WIDTHS = (1, 5, 2)  # bytes of an entry of the table of places: how, where, which of the batch
UNUSED = 0xFFFF  # the generation of object 0, which is none


class PdfFile:
    """Objects have numbers, which may be asked for before the object is known."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._position = 0
        self._how, self._where, self._which = array("B", [FREE]), array("Q", [0]), array("H", [UNUSED])
        self._batch: list[tuple[int, bytes]] = []
        self._write(b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n")

    def number(self) -> int:
        """A number for an object that comes later."""
        self._how.append(FREE)
        self._where.append(0)
        self._which.append(0)
        return len(self._how) - 1

    def add(self, data: bytes, number: int | None = None) -> int:
        """Anything but a stream; returns its number."""
        number = self.number() if number is None else number
        self._batch.append((number, data))
        if len(self._batch) == BATCH:
            self._write_batch()
        return number

    def add_stream(self, data: bytes | bytearray, entries: bytes = b"", number: int | None = None) -> int:
        """A stream, compressed; `entries` are those of its dictionary that do not follow from that."""
        number = self.number() if number is None else number
        self._place(number, PLAIN, self._position, 0)
        packed = zlib.compress(data)
        self._write(
            b"%d 0 obj\n<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n"
            % (number, entries, len(packed), packed)
        )
        return number

    def finish(self, root: int, info: int) -> None:
        """The table of places, by which the catalogue `root` and all others are found."""
        if self._batch:
            self._write_batch()
        number, start = self.number(), self._position
        self._place(number, PLAIN, start, 0)
        places = bytearray()
        for how, where, which in zip(self._how, self._where, self._which, strict=True):
            places += how.to_bytes(WIDTHS[0]) + where.to_bytes(WIDTHS[1]) + which.to_bytes(WIDTHS[2])
        entries = b"/Type/XRef/W[%d %d %d]/Size %d/Root %d 0 R/Info %d 0 R" % (
            *WIDTHS,
            len(self._how),
            root,
            info,
        )
        self.add_stream(places, entries, number)
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)

    def _write_batch(self) -> None:
        """An object stream: numbers and offsets, then the objects themselves."""
        batch, self._batch = self._batch, []
        number = self.number()
        heads, offset = [], 0
        for index, (one, data) in enumerate(batch):
            self._place(one, PACKED, number, index)
            heads.append(b"%d %d" % (one, offset))
            offset += len(data) + 1
        head = b" ".join(heads) + b"\n"
        entries = b"/Type/ObjStm/N %d/First %d" % (len(batch), len(head))
        self.add_stream(head + b"\n".join(data for _number, data in batch), entries, number)

    def _place(self, number: int, how: int, where: int, which: int) -> None:
        self._how[number], self._where[number], self._which[number] = how, where, which

    def _write(self, data: bytes) -> None:
        self._target.write(data)
        self._position += len(data)
