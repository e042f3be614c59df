"""Pieces of a long PDF made one: pages and structure in order, page numbers filled in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import IO, Any, cast

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
)
from weasyprint import HTML

from backoffice.reports.assets import BASE_URL, OwnAssets, stylesheet


def join(parts: Sequence[bytes], pages: int, target: IO[bytes]) -> None:
    """Write the parts as one PDF with "n / total" on each page.

    The first part gives title, language and metadata. The tags of all parts are kept: each page's
    structure is hung under the first part's document element, and its entries in the parent tree, by
    which a reader finds the tag of a piece of text (ISO 32000-1, 14.7.4.4), are numbered anew.
    """
    writer = PdfWriter(clone_from=io.BytesIO(parts[0]))
    root: Any = writer.root_object["/StructTreeRoot"]
    document: DictionaryObject = root["/K"][0].get_object()
    numbers: ArrayObject = root["/ParentTree"]["/Nums"]
    for part in parts[1:]:
        _append(writer, PdfReader(io.BytesIO(part)), document, numbers)
    _number_pages(writer, pages)
    writer.write(target)


def _append(writer: PdfWriter, part: PdfReader, document: DictionaryObject, numbers: ArrayObject) -> None:
    shift = len(numbers) // 2
    for page in part.pages:
        # pypdf leaves this entry out; it is the page's place in the parent tree.
        place = cast(NumberObject, page["/StructParents"]) + shift
        writer.add_page(page)[NameObject("/StructParents")] = NumberObject(place)
    # Clones are shared: what a page refers to and what the tree refers to stay one object.
    catalog: Any = part.trailer["/Root"]
    tree = catalog["/StructTreeRoot"]
    for kid in tree["/K"][0]["/K"]:
        element = kid.clone(writer)
        element.get_object()[NameObject("/P")] = document.indirect_reference
        cast(ArrayObject, document["/K"]).append(element)
    old = tree["/ParentTree"]["/Nums"]
    for index in range(0, len(old), 2):
        numbers.append(NumberObject(int(old[index]) + shift))
        numbers.append(old[index + 1].clone(writer))


def _number_pages(writer: PdfWriter, total: int) -> None:
    """Print page numbers as artifacts: a screen reader passes them over, as it does all margins."""
    for page, numbered in zip(writer.pages, _numbers(total), strict=True):
        content = numbered["/Contents"].get_object().get_data()
        fonts = cast(Any, page["/Resources"])["/Font"]
        for name, font in numbered["/Resources"]["/Font"].items():
            own = NameObject(f"/Number-{name[1:]}")  # the same font may be there with other glyphs
            content = content.replace(name.encode(), own.encode())
            if own not in fonts:
                fonts[own] = font.clone(writer)
        # What the page drew leaves its coordinates turned upside down, so it is put in brackets.
        before, after = _stream(b"q"), _stream(b"Q /Artifact BMC q\n" + content + b"\nQ EMC")
        page[NameObject("/Contents")] = ArrayObject(
            [writer._add_object(before), page.raw_get("/Contents"), writer._add_object(after)]
        )


def _stream(data: bytes) -> StreamObject:
    stream = DecodedStreamObject()
    stream.set_data(data)
    return stream.flate_encode()


def _numbers(total: int) -> list[Any]:
    css, fonts = stylesheet()
    body = '<div style="break-before: page"></div>' * total
    html = f'<html lang="en"><style>@page:first {{ margin-top: 26mm }}</style><body>{body}</body></html>'
    pdf = HTML(string=html, base_url=BASE_URL, url_fetcher=OwnAssets()).write_pdf(
        stylesheets=[css], font_config=fonts
    )
    return list(PdfReader(io.BytesIO(pdf)).pages)
