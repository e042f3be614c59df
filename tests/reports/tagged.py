"""A PDF as a screen reader has it: its tags, their texts, and what is wrong with them (ISO 14289-1)."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import pdfplumber
from pypdf import PdfReader

ARTIFACT = "Artifact"


@dataclass
class Element:
    kind: str
    of: Any  # the PDF's own dictionary
    number: int
    children: list[Element] = field(default_factory=list)
    texts: list[tuple[int, int]] = field(default_factory=list)  # page, number on it

    def all(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            yield from child.all()

    def named(self, kind: str) -> list[Element]:
        return [one for one in self.all() if one.kind == kind]


class Tagged:
    def __init__(self, pdf: bytes) -> None:
        self._read: Any = PdfReader(io.BytesIO(pdf))
        self.root = cast(Any, self._read.trailer["/Root"])
        self._pages = {page.indirect_reference.idnum: n for n, page in enumerate(self._read.pages)}
        self.faults: list[str] = []
        self.text: dict[tuple[int, int], str] = defaultdict(str)
        self._read_texts(pdf)
        [top] = self.root["/StructTreeRoot"]["/K"]
        self.document = self._element(top, self.root.raw_get("/StructTreeRoot"), None)
        self._check_catalogue()
        self._check_texts()
        self._check_tables()

    def of(self, element: Element) -> str:
        """All its text, in the order in which it is read out; hard spaces made ordinary ones."""
        parts = [self.text[place] for one in element.all() for place in one.texts]
        return " ".join("".join(parts).replace("\xa0", " ").replace("\u202f", " ").split())

    def rows(self, table: Element) -> list[list[str]]:
        return [[self.of(cell) for cell in row.children] for row in table.named("TR")]

    def _read_texts(self, pdf: bytes) -> None:
        with pdfplumber.open(io.BytesIO(pdf)) as read:
            for number, page in enumerate(read.pages):
                for char in page.chars:
                    if char["mcid"] is not None:
                        self.text[number, char["mcid"]] += char["text"]
                    elif char["tag"] != ARTIFACT:
                        self.faults.append(
                            f"{char['text']!r} of page {number + 1} is neither tagged nor an artifact"
                        )

    def _element(self, reference: Any, parent: Any, page: int | None) -> Element:
        its = reference.get_object()
        if its.raw_get("/P") != parent:
            self.faults.append(f"{its['/S']} hangs on one element and says another")
        if "/Pg" in its:
            page = self._pages[its.raw_get("/Pg").idnum]
        made = Element(its["/S"][1:], its, reference.idnum)
        kids = its.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            if isinstance(kid, int):
                assert page is not None
                made.texts.append((page, int(kid)))
            else:
                made.children.append(self._element(kid, reference, page))
        return made

    def _check_catalogue(self) -> None:
        if not self.root.get("/MarkInfo", {}).get("/Marked") or "/Lang" not in self.root:
            self.faults.append("it does not say that it is tagged, or in which language")
        if b"pdfuaid" not in self.root["/Metadata"].get_object().get_data():
            self.faults.append("it does not claim PDF/UA")

    def _check_texts(self) -> None:
        """Each text hangs on one element, and leads back to it by the parent tree."""
        nums = self.root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
        parents = dict(zip(map(int, nums[::2]), nums[1::2], strict=True))
        if len(parents) != len(nums) // 2:
            self.faults.append("a key of the parent tree is there twice")
        holders = {place: one for one in self.document.all() for place in one.texts}
        for number, page in enumerate(self._read.pages):
            listed = parents[int(page["/StructParents"])].get_object()
            for place in [one for one in self.text if one[0] == number]:
                holder = holders.get(place)
                if holder is None:
                    self.faults.append(f"{self.text[place]!r} of page {number + 1} hangs on no element")
                elif listed[place[1]].idnum != holder.number:
                    self.faults.append(f"{self.text[place]!r} of page {number + 1} leads to another element")

    def _check_tables(self) -> None:
        heads = [cell for cell in self.document.all() if cell.kind == "TH"]
        if any(cell.of.get("/A", {}).get("/Scope") != "/Column" for cell in heads):
            self.faults.append("a head does not say what it heads")
        ids = Counter(str(one.of["/ID"]) for one in self.document.all() if "/ID" in one.of)
        if repeated := [one for one, times in ids.items() if times > 1]:
            self.faults.append(f"IDs are repeated: {repeated}")
        names = self.root["/StructTreeRoot"].get("/IDTree", {}).get("/Names", [])
        known = {str(name): one.idnum for name, one in zip(names[::2], names[1::2], strict=True)}
        if known != {str(one.of["/ID"]): one.number for one in heads if "/ID" in one.of}:
            self.faults.append("the tree of IDs does not lead to their elements")
        tables = self.document.named("Table")
        for before, after in pairwise(tables):
            if (head := self._head(before)) and head == self._head(after):
                self.faults.append(f"a table is cut in pieces: {head}")
        for table in tables:
            rows = table.named("TR")
            if len({len(row.children) for row in rows}) > 1:
                self.faults.append(f"rows of one table differ in cells: {self._head(table)}")
            if table.named("TH") and [one.kind for one in table.children] != ["THead", "TBody"]:
                self.faults.append(f"a table is not a head and a body: {self._head(table)}")

    def _head(self, table: Element) -> list[str]:
        return [self.of(cell) for cell in table.named("TH")]
