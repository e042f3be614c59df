"""A document of pieces that WeasyPrint laid out and of painted pages: with one tree of tags, one outline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import pydyf
from weasyprint import Document

from backoffice.reports.typeset import tags
from backoffice.reports.typeset.pdf_file import PdfFile
from backoffice.reports.typeset.pieces import Piece, tagged

# Written for the whole, whatever a piece says of them.
OURS = ("Pages", "StructTreeRoot", "Outlines", "Names")


@dataclass
class OpenTable:
    """The body of a table that goes on: it is written when its last row is known."""

    number: int
    entries: bytes
    rows: list[int] = field(default_factory=list)


NO_TABLE = OpenTable(0, b"")


@dataclass(frozen=True)
class Painted:
    """A page of rows. Each row has, for each cell, the number of its text on the page; None for no text."""

    box: bytes  # the size of the page
    contents: Sequence[int]
    resources: int
    rows: Sequence[Sequence[int | None]]


class Whole:
    def __init__(self, target: IO[bytes]) -> None:
        self.file = PdfFile(target)
        self._pages, self._root, self._document = (self.file.number() for _ in range(3))
        self._kids: list[int] = []
        self._elements: list[int] = []
        self._parents: list[tuple[int, int]] = []  # key, object: of a page its texts' tags
        self._next_key = 0
        self._outline: list[tuple[int, bytes]] = []
        self._heads: list[tuple[bytes, int]] = []
        self._destinations: list[tuple[bytes, bytes]] = []
        self._catalog = self._info = b""
        self._table = NO_TABLE
        self._numbers: list[tuple[int, bool]] = []  # what shows a page's number; whether by itself

    @property
    def pages(self) -> int:
        return len(self._kids)

    def add(self, document: Document, *, goes_on: bool, cut: bool, numbered: bool) -> None:
        """Pages of WeasyPrint's. Their first table `goes_on` from the page before, the last is `cut`."""
        pdf = tagged(document)
        # Rows of the table that goes on have their tags there.
        its = tags.tidy(pdf, document, f"t{self.pages}-", goes_on=goes_on)
        tree = tags.Tree(pdf)
        root = tree.at(pdf.catalog["StructTreeRoot"])
        ours = {pdf.pages.number: self._pages, root.number: self._root, its.document.number: self._document}
        piece = Piece(self.file, pdf, ours)
        self._take_rows(piece, its.carried)
        self._take_parents(piece, tree)
        self._take_pages(piece, tree, numbered=numbered)
        outline = self._take_outline(piece, tree)
        self._elements += [piece.number(one) for one in its.document["K"]]
        self._heads += [(cell["ID"].data, piece.number(cell)) for cell in its.heads]
        if not self._catalog:
            self._catalog = piece.bytes_of({k: v for k, v in pdf.catalog.items() if k not in OURS})[2:-2]
            self._info = piece.bytes_of(dict(pdf.info))
        left = [self._open(piece, its.body)] if cut and its.body is not None else []
        if not cut:
            self._close()
        numbers = tree.at(root["ParentTree"])
        piece.write(pdf.pages, pdf.catalog, root, its.document, numbers, *outline, *left)

    def add_painted(self, page: Painted) -> None:
        """A page full of rows of the table that is cut."""
        number, texts = self.file.number(), []
        for row in page.rows:
            element = self.file.number()
            self._table.rows.append(element)
            cells = []
            for text in row:
                kids = b"" if text is None else b"/K %d" % text
                cell = self.file.add(b"<</S/TD/P %d 0 R/Pg %d 0 R%s>>" % (element, number, kids))
                cells.append(cell)
                if text is not None:
                    texts.append(cell)
            self.file.add(b"<</S/TR/P %d 0 R/K[%s]>>" % (self._table.number, references(cells)), element)
        shown = self.file.number()
        self._parents.append((self._next_key, self.file.add(b"[%s]" % references(texts))))
        contents = references([*page.contents, shown])
        self.file.add(
            b"<</Type/Page/Parent %d 0 R/MediaBox%s/Contents[%s]" % (self._pages, page.box, contents)
            + b"/Resources %d 0 R/Tabs/S/StructParents %d>>" % (page.resources, self._next_key),
            number,
        )
        self._next_key += 1
        self._kids.append(number)
        self._numbers.append((shown, False))

    def number_pages(self, drawing: Callable[[str], bytes], resources: int, box: bytes) -> None:
        """Draw "n / total" on each page that waits for its number, as an artifact."""
        for page, (number, by_itself) in enumerate(self._numbers, start=1):
            if not number:
                continue
            drawn = drawing(f"{page} / {self.pages}")
            if by_itself:
                form = b"/Type/XObject/Subtype/Form/BBox%s/Resources %d 0 R" % (box, resources)
                self.file.add_stream(drawn, form, number)
            else:
                self.file.add_stream(b"/Artifact BMC %s EMC" % drawn, number=number)

    def finish(self) -> None:
        file = self.file
        kids = references(self._kids)
        file.add(b"<</Type/Pages/Count %d/Kids[%s]>>" % (self.pages, kids), self._pages)
        parents = b" ".join(b"%d %d 0 R" % one for one in self._parents)
        heads = b" ".join(b"%s %d 0 R" % one for one in sorted(self._heads))
        file.add(
            b"<</Type/StructTreeRoot/K[%d 0 R]/ParentTree<</Nums[%s]>>/ParentTreeNextKey %d%s>>"
            % (self._document, parents, self._next_key, _name_tree(b"IDTree", heads)),
            self._root,
        )
        elements = (self._root, references(self._elements))
        file.add(b"<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>" % elements, self._document)
        catalog = b"%s/Pages %d 0 R/StructTreeRoot %d 0 R" % (self._catalog, self._pages, self._root)
        if self._outline:
            catalog += b"/Outlines %d 0 R" % self._write_outline()
        if self._destinations:
            named = b" ".join(b"%s %s" % one for one in sorted(self._destinations))
            catalog += b"/Names<<%s>>" % _name_tree(b"Dests", named)
        file.finish(file.add(b"<<%s>>" % catalog), file.add(self._info))

    def _take_rows(self, piece: Piece, rows: Sequence[pydyf.Dictionary]) -> None:
        """Rows of the table that the piece before began."""
        for row in rows:
            row["P"] = f"{self._table.number} 0 R"
            self._table.rows.append(piece.number(row))

    def _take_parents(self, piece: Piece, tree: tags.Tree) -> None:
        """Which tags a page's texts have; each piece counts its keys from 0."""
        for one in piece.pdf.objects:
            for key in ("StructParents", "StructParent"):
                if isinstance(one, dict) and key in one:
                    one[key] += self._next_key
        for key, value in zip(tree.numbers[::2], tree.numbers[1::2], strict=True):
            is_page = isinstance(value, list)
            number = self.file.add(piece.bytes_of(value)) if is_page else piece.number(value)
            self._parents.append((self._next_key + key, number))
        self._next_key += len(tree.numbers) // 2

    def _take_pages(self, piece: Piece, tree: tags.Tree, *, numbered: bool) -> None:
        opening = 0 if numbered else self.file.add_stream(b"q")
        for reference in piece.pdf.page_references:
            shown = 0
            if not numbered:
                page, shown = tree.at(reference), self.file.number()
                name = f"Number{self.pages}"
                # Its coordinates are left turned upside down, so what it drew is put in brackets: q … Q.
                closing = self.file.add_stream(f"Q /Artifact BMC /{name} Do EMC".encode())
                tree.at(page["Resources"])["XObject"][name] = f"{shown} 0 R"
                contents = references([opening, piece.number(page["Contents"]), closing])
                page["Contents"] = f"[{contents.decode()}]"
            self._kids.append(piece.number(reference))
            self._numbers.append((shown, True))

    def _take_outline(self, piece: Piece, tree: tags.Tree) -> list[Any]:
        """Headings, for the list of them beside the pages; and destinations that links have by name."""
        catalog, taken = piece.pdf.catalog, []
        for name, place in _pairs(catalog.get("Names", {}).get("Dests", {}).get("Names", [])):
            self._destinations.append((piece.bytes_of(name), piece.bytes_of(place)))
        if "Outlines" not in catalog:
            return []
        top = tree.at(catalog["Outlines"])
        following = top["First"]
        while following:
            item = tree.at(following)
            taken.append(item)
            following = item.get("Next")
            kept = {key: value for key, value in item.items() if key not in ("Prev", "Next", "Parent")}
            self._outline.append((piece.number(item), piece.bytes_of(kept)[2:-2]))
        return [top, *taken]

    def _write_outline(self) -> int:
        top = self.file.number()
        numbers = [number for number, _entries in self._outline]
        for (number, entries), before, after in zip(
            self._outline, [0, *numbers[:-1]], [*numbers[1:], 0], strict=True
        ):
            links = b"/Parent %d 0 R" % top
            links += b"/Prev %d 0 R" % before if before else b""
            links += b"/Next %d 0 R" % after if after else b""
            self.file.add(b"<<%s%s>>" % (entries, links), number)
        ends = (numbers[0], numbers[-1], len(numbers))
        self.file.add(b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % ends, top)
        return top

    def _open(self, piece: Piece, body: pydyf.Dictionary) -> pydyf.Dictionary:
        """Keep the body of the last table open for rows to come."""
        self._close()
        kept = {key: value for key, value in body.items() if key != "K"}
        rows = [piece.number(row) for row in body["K"]]
        self._table = OpenTable(piece.number(body), piece.bytes_of(kept)[2:-2], rows)
        return body

    def _close(self) -> None:
        table, self._table = self._table, NO_TABLE
        if table is not NO_TABLE:
            self.file.add(b"<<%s/K[%s]>>" % (table.entries, references(table.rows)), table.number)


def references(numbers: Sequence[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _name_tree(key: bytes, names: bytes) -> bytes:
    return b"/%s<</Names[%s]>>" % (key, names) if names else b""


def _pairs(names: Sequence[Any]) -> Sequence[tuple[Any, Any]]:
    return list(zip(names[::2], names[1::2], strict=True))
