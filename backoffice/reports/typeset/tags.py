"""The tags of what WeasyPrint laid out, made those of one document (ISO 14289-1, 7.1 and 7.5).

WeasyPrint tags each page by itself. A table of three pages is three tables to a screen reader, each with a
head; heads and feet of pages hang on no tag; a cell of a head does not say that it heads a column. So tables
are made one again, and what repeats is an artifact, which is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pydyf
from weasyprint import Document
from weasyprint.formatting_structure import boxes

ARTIFACT = "/Artifact"
NONE = b"null"


@dataclass
class Tags:
    """What a piece has: its top element, and rows of a table that an earlier piece began."""

    document: pydyf.Dictionary
    carried: list[pydyf.Dictionary] = field(default_factory=list)
    # The body of the last table: where it is cut, the next piece has more rows of it.
    body: pydyf.Dictionary | None = None
    heads: list[pydyf.Dictionary] = field(default_factory=list)  # cells that have an ID


class Tree:
    """The elements of a PDF that is still objects, found by their references."""

    def __init__(self, pdf: pydyf.PDF) -> None:
        self._objects = pdf.objects
        root = self.at(pdf.catalog["StructTreeRoot"])
        self.document = self.at(root["K"][0])
        self.numbers = self.at(root["ParentTree"])["Nums"]

    def at(self, reference: bytes) -> Any:
        return self._objects[int(reference.split()[0])]

    def parent(self, element: pydyf.Dictionary) -> pydyf.Dictionary:
        return self.at(element["P"])

    def children(self, element: pydyf.Dictionary) -> Iterator[pydyf.Dictionary]:
        return (self.at(kid) for kid in element["K"] if isinstance(kid, bytes))

    def move(self, element: pydyf.Dictionary, parent: pydyf.Dictionary) -> None:
        element["P"] = parent.reference
        parent["K"].append(element.reference)

    def remove(self, element: pydyf.Dictionary) -> None:
        """With every parent that is empty without it."""
        parent = self.parent(element)
        parent["K"].remove(element.reference)
        if not parent["K"] and parent is not self.document:
            self.remove(parent)

    def reachable(self, others: list[pydyf.Dictionary]) -> set[int]:
        """The numbers of all elements below the document's, and below these others."""
        found, waiting = set(), [self.document, *others]
        while waiting:
            element = waiting.pop()
            found.add(element.number)
            waiting += [one for one in self.children(element) if one.get("Type") == "/StructElem"]
        return found


def tidy(pdf: pydyf.PDF, document: Document, prefix: str, *, goes_on: bool) -> Tags:
    """Mend the tags of a piece; its first table continues that of the piece before where it `goes_on`.

    `prefix` makes the IDs of its cells its own.
    """
    tree = Tree(pdf)
    tags = Tags(tree.document)
    tables: dict[Any, _Table] = {}
    for page in document.pages:
        for box in page._page_box.descendants():
            # What only looks like a table (`display: table`) is none to a screen reader either.
            if isinstance(box, boxes.TableBox) and box.element_tag == "table" and (rows := _rows(box)):
                if box.element not in tables:
                    carried = tags.carried if goes_on and not tables else None
                    tables[box.element] = _Table(tree, f"{prefix}{len(tables)}", carried)
                tables[box.element].add(rows)
    for table in tables.values():
        tags.heads += table.heads
        tags.body = table.body
    _drop_what_hangs_nowhere(pdf, tree, tree.reachable(tags.carried))
    return tags


def _rows(table: Any) -> list[Any]:
    """Its rows on this page that have cells: those of the head first."""
    return [row for group in table.children for row in group.children if row.children]


class _Table:
    """One table, from its parts on each page."""

    def __init__(self, tree: Tree, name: str, carried: list[pydyf.Dictionary] | None) -> None:
        self._tree, self._name, self._carried = tree, name, carried
        self._first: pydyf.Dictionary | None = None
        self._cells: dict[Any, list[pydyf.Dictionary]] = {}  # of each row that was met
        self.heads: list[pydyf.Dictionary] = []
        self.body: pydyf.Dictionary | None = None

    def add(self, rows: list[Any]) -> None:
        """Its rows on one more page: the first page's stay where they are, others are moved to them."""
        part = self._tree.parent(self._tree.parent(self._element(rows[0])))
        if self._first is None:
            self._first = part
        # Where its first row is taller than a page, WeasyPrint puts the head on the next one.
        headless = not self.heads and self._carried is None
        for row in rows:
            for cell in row.children:
                _plain(cell.mark)
            if row.children[0].element_tag != "th":
                self._add_row(row)
            elif headless:
                self._keep_head(row)
        if part is not self._first or self._carried is not None:
            self._tree.remove(part)

    def _element(self, row: Any) -> pydyf.Dictionary:
        return self._tree.parent(row.children[0].mark)

    def _keep_head(self, row: Any) -> None:
        for box in row.children:
            cell = box.mark
            cell["ID"] = pydyf.String(f"{self._name}-{len(self.heads)}")
            cell["A"] = pydyf.Dictionary({"O": "/Table", "Scope": "/Column"})
            self.heads.append(cell)
        self._take(self._tree.parent(self._element(row)), place=0)

    def _add_row(self, row: Any) -> None:
        element, cells = self._element(row), [cell.mark for cell in row.children]
        known = self._cells.setdefault(row.element, cells)
        if known is not cells:  # a row too tall for its page: its cells go on here
            for earlier, later in zip(known, cells, strict=True):
                for kid in self._tree.children(later):
                    self._tree.move(kid, earlier)
            return
        group = self._tree.parent(element)
        if self._carried is not None:
            self._carried.append(element)
        elif self.body is None:
            self.body = group
            self._take(group, place=1)
        elif group is not self.body:
            group["K"].remove(element.reference)
            self._tree.move(element, self.body)

    def _take(self, group: pydyf.Dictionary, place: int) -> None:
        """Have a head or a body of another page's part."""
        theirs, ours = self._tree.parent(group), self._first
        if ours is not None and theirs is not ours:
            theirs["K"].remove(group.reference)
            group["P"] = ours.reference
            ours["K"].insert(place, group.reference)


def _plain(cell: pydyf.Dictionary) -> None:
    """Without what its column's head says already: IDs of heads, which would be another page's."""
    about = cell.get("A", {})
    about.pop("Headers", None)
    if about.keys() == {"O"}:
        del cell["A"]


def _drop_what_hangs_nowhere(pdf: pydyf.PDF, tree: Tree, known: set[int]) -> None:
    """Heads that are repeated, heads and feet of pages: artifacts, and no elements."""
    pages = [tree.at(reference) for reference in pdf.page_references]
    for page, elements in zip(pages, tree.numbers[1::2], strict=False):
        hidden = {mcid for mcid, one in enumerate(elements) if int(one.split()[0]) not in known}
        _hide(tree.at(page["Contents"]), hidden)
        for mcid in hidden:
            elements[mcid] = NONE
    for element in pdf.objects:
        if isinstance(element, pydyf.Dictionary) and element.get("Type") == "/StructElem":
            element.free = "n" if element.number in known else "f"


def _hide(content: pydyf.Stream, hidden: set[int]) -> None:
    """Make artifacts of marked texts: `/Span <</MCID 3>> BDC` becomes `/Artifact BMC`."""
    stream = content.stream
    for place, item in enumerate(stream):
        if isinstance(item, dict) and item.get("MCID") in hidden:
            stream[place - 1 : place + 2] = [ARTIFACT, b"BMC", b""]
