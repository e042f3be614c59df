"""The numbers "n / total" of pages that were laid out before anybody knew how many there would be."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, IndirectObject, NameObject, StreamObject
from weasyprint import HTML

from backoffice.reports.assets import BASE_URL, OwnAssets, stylesheet


def put_on(pdf: PdfWriter, total: int) -> None:
    """Put a number over each page, as an artifact: a screen reader passes it over."""
    # A page leaves its coordinates turned upside down, so what it drew is put in brackets: q … Q.
    opening = pdf._add_object(_stream(b"q"))
    for place, (page, numbered) in enumerate(zip(pdf.pages, _numbered_pages(total), strict=True)):
        name = f"/PageNumber{place}"  # of its own: pages share their resources
        resources: Any = page["/Resources"]
        resources["/XObject"][NameObject(name)] = _drawing_of(numbered, pdf)
        closing = pdf._add_object(_stream(f"Q /Artifact BMC {name} Do EMC".encode()))
        page[NameObject("/Contents")] = ArrayObject([opening, page.raw_get("/Contents"), closing])


def _numbered_pages(total: int) -> list[PageObject]:
    """Pages with nothing on them but their numbers, where the reports' stylesheet puts them."""
    css, fonts = stylesheet()
    body = '<div style="break-before: page"></div>' * total
    html = f'<html lang="en"><style>@page:first {{ margin-top: 26mm }}</style><body>{body}</body></html>'
    pdf = HTML(string=html, base_url=BASE_URL, url_fetcher=OwnAssets()).write_pdf(
        stylesheets=[css], font_config=fonts
    )
    return list(PdfReader(io.BytesIO(pdf)).pages)


def _drawing_of(page: PageObject, pdf: PdfWriter) -> IndirectObject:
    """All that a page shows as one thing to draw, with its own fonts: a form XObject (ISO 32000-1, 8.10)."""
    contents: Any = page["/Contents"]
    drawing = _stream(contents.get_object().get_data())
    drawing[NameObject("/Type")] = NameObject("/XObject")
    drawing[NameObject("/Subtype")] = NameObject("/Form")
    drawing[NameObject("/BBox")] = page.mediabox
    drawing[NameObject("/Resources")] = page["/Resources"].clone(pdf)
    return pdf._add_object(drawing)


def _stream(data: bytes) -> StreamObject:
    stream = DecodedStreamObject()
    stream.set_data(data)
    return stream.flate_encode()
