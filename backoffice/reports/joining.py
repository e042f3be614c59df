"""Pieces of a long PDF made one: pages and structure in order, page numbers filled in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import IO, Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject
from weasyprint import HTML

from backoffice.reports.assets import BASE_URL, OwnAssets, stylesheet


def join(parts: Sequence[bytes], pages: int, target: IO[bytes]) -> None:
    """Write the parts as one PDF with "n / total" on each page.

    The first part gives title, language and metadata. The tags of all parts are kept: each page's
    structure is hung under the first part's document element, and its entries in the parent tree, by
    which a reader finds the tag of a piece of text (ISO 32000-1, 14.7.4.4), are numbered anew.
    """
    writer = PdfWriter(clone_from=io.BytesIO(parts[0]))
    root = writer.root_object["/StructTreeRoot"]
    document = root["/K"][0].get_object()
    numbers: ArrayObject = root["/ParentTree"]["/Nums"]
    for part in parts[1:]:
        _append(writer, PdfReader(io.BytesIO(part)), document, numbers)
    _number_pages(writer, pages)
    writer.write(target)


def _append(writer: PdfWriter, part: PdfReader, document: DictionaryObject, numbers: ArrayObject) -> None:
    for page in part.pages:
        writer.add_page(page)
    # Clones are shared: what a page refers to and what the tree refers to stay one object.
    tree = part.trailer["/Root"]["/StructTreeRoot"]
    shift = len(numbers) // 2
    for kid in tree["/K"][0]["/K"]:
        element = kid.clone(writer)
        element.get_object()[NameObject("/P")] = document.indirect_reference
        document["/K"].append(element)
    old = tree["/ParentTree"]["/Nums"]
    for index in range(0, len(old), 2):
        numbers.append(NumberObject(int(old[index]) + shift))
        numbers.append(old[index + 1].clone(writer))
    for page in writer.pages[-len(part.pages) :]:
        page[NameObject("/StructParents")] = NumberObject(int(page["/StructParents"]) + shift)


def _number_pages(writer: PdfWriter, total: int) -> None:
    """Print page numbers as artifacts: a screen reader passes them over, as it does all margins."""
    for page, numbered in zip(writer.pages, _numbers(total), strict=True):
        content = numbered.get_contents()
        if content is None:
            continue
        marked = DecodedStreamObject()
        marked.set_data(b"/Artifact BMC\n" + content.get_data() + b"\nEMC\n")
        numbered[NameObject("/Contents")] = marked
        page.merge_page(numbered)


def _numbers(total: int) -> list[Any]:
    css, fonts = stylesheet()
    body = '<div style="break-after: page"></div>' * (total - 1)
    html = f'<html lang="en"><style>@page:first {{ margin-top: 26mm }}</style><body>{body}</body></html>'
    pdf = HTML(string=html, base_url=BASE_URL, url_fetcher=OwnAssets()).write_pdf(
        stylesheets=[css], font_config=fonts
    )
    return list(PdfReader(io.BytesIO(pdf)).pages)
