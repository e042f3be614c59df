"""Pieces of a long PDF made one, in which neither an eye nor a screen reader finds a joint.

pypdf copies pages, but not what makes them readable aloud. Each piece has a tree of tags ("a table, a row, a
cell …") and an index from a page's texts to their tags, the parent tree (ISO 32000-1, 14.7.4.4): here both go
on from piece to piece.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import IO, Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, NumberObject

from backoffice.reports import page_numbers


def join(parts: Sequence[bytes], pages: int, target: IO[bytes]) -> None:
    """Write the parts as one PDF with numbered pages; title, language and metadata are the first part's."""
    whole = PdfWriter(clone_from=io.BytesIO(parts[0]))
    for part in parts[1:]:
        piece = PdfReader(io.BytesIO(part))
        # Each piece counts the keys of its parent tree from 0.
        shift = len(_parent_tree(whole.root_object)) // 2
        _add_pages(whole, piece, shift)
        _add_tags(whole, piece)
        _add_parents(whole, piece, shift)
    page_numbers.put_on(whole, pages)
    whole.write(target)


def _add_pages(whole: PdfWriter, piece: PdfReader, shift: int) -> None:
    for page in piece.pages:
        key: Any = page["/StructParents"]  # in the parent tree; pypdf leaves it out
        whole.add_page(page)[NameObject("/StructParents")] = NumberObject(key + shift)


def _add_tags(whole: PdfWriter, piece: PdfReader) -> None:
    """What the piece's document element holds is hung under that of the whole.

    Tags refer to pages. pypdf copies an object once, however it comes to it: these are the pages added above.
    """
    document = _document_element(whole.root_object)
    for element in _document_element(piece.root_object)["/K"]:
        copy = element.clone(whole)
        copy.get_object()[NameObject("/P")] = document.indirect_reference
        document["/K"].append(copy)


def _add_parents(whole: PdfWriter, piece: PdfReader, shift: int) -> None:
    known, added = _parent_tree(whole.root_object), _parent_tree(piece.root_object)
    for key, tags in zip(added[::2], added[1::2], strict=True):
        known.extend([NumberObject(key + shift), tags.clone(whole)])


def _document_element(root: Any) -> Any:
    """The one tag at the top of the tree, above all that WeasyPrint wrote."""
    return root["/StructTreeRoot"]["/K"][0].get_object()


def _parent_tree(root: Any) -> Any:
    """Key, tags, key, tags …"""
    return root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
