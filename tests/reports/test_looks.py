"""How reports look is chosen by people: what cannot be read, printed or trusted is refused in a sentence."""

from __future__ import annotations

import zlib
from io import BytesIO
from struct import pack
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from backoffice.models import ReportLook
from backoffice.reports import making
from backoffice.reports.looks import logos
from backoffice.reports.looks.colours import contrast, is_readable, shades
from tests.reports.reading import content, text

ADD = "admin:backoffice_reportlook_add"
CHANGE = "admin:backoffice_reportlook_change"
PREVIEW = "admin:backoffice_reportlook_preview"


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 200), **options: Any) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "#aa3311").save(file, kind, **options)
    return file.getvalue()


def of_many_pixels(side: int) -> bytes:
    """A PNG of few bytes that says it has side × side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    header = pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = {
    "half a JPEG": (picture("JPEG")[:700], "damaged"),
    "a bomb": (of_many_pixels(60_000), "too many pixels"),
    "more pixels than are read": (of_many_pixels(8_000), "too many pixels"),
    "an SVG": (SVG, "no PNG and no JPEG"),
    "a GIF": (picture("GIF"), "no PNG and no JPEG"),
    "nothing": (b"", "no PNG and no JPEG"),
    "text": ("né".encode() * 1000, "no PNG and no JPEG"),
    "half a picture": (picture()[:200], "damaged"),
    "too many bytes": (picture() + b"\0" * logos.MOST_BYTES, "too large"),
}


@pytest.mark.parametrize(("given", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_logo_that_cannot_be_printed_is_refused_in_a_sentence(given: bytes, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        logos.cleaned(BytesIO(given))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_is_kept_as_a_small_png_without_what_it_carried(kind: str) -> None:
    given = picture(kind, (4000, 3000)) + b"<?php behind its end ?>"
    kept = logos.cleaned(BytesIO(given))
    assert kept.startswith(b"\x89PNG")
    assert b"php" not in kept
    with Image.open(BytesIO(kept)) as printed:
        assert printed.width <= 1200
        assert printed.height <= 400


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@pytest.mark.parametrize(
    ("colour", "readable"),
    [
        ("#1c2b52", True), ("#000000", True), ("#7a1f1f", True), ("#006644", True), ("#5a2d82", True),
        ("#ffffff", False), ("#ffcc00", False), ("#8fa5d6", False), ("#ff0000", False), ("#777777", False),
    ],
)  # fmt: skip
def test_a_colour_on_which_text_cannot_be_read_is_none(colour: str, readable: bool) -> None:
    assert is_readable(colour) is readable
    if readable:
        mixed = shades(colour)
        for words in (mixed.said, mixed.quiet, "#ffffff"):
            assert contrast(rgb(words), rgb(mixed.deep)) >= 4.5


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


def test_what_was_chosen_is_on_the_next_report(db: None) -> None:
    logo = logos.cleaned(BytesIO(picture()))
    ReportLook.objects.create(pk=1, company="A & B", accent="#7a1f1f", footer="Confidential", logo=logo)
    made = making.make("overview", {})
    assert "Confidential" in text(made)
    first = PdfReader(BytesIO(content(made))).pages[0]
    assert len(first.images) == 1
    painted = first.get_contents().get_data().decode("latin-1")
    assert f"{0x7A / 255:.6f}"[:5] in painted
    assert f"{0x1C / 255:.6f}"[:5] not in painted


def posted(**changes: Any) -> dict[str, Any]:
    return {"company": "", "accent": "", "footer": ""} | changes


def test_it_is_chosen_on_its_page_and_seen_before_it_is_kept(admin_client: Client) -> None:
    logo = SimpleUploadedFile("logo.png", picture(), "image/png")
    preview = admin_client.post(reverse(PREVIEW), posted(company="Example & Sons", logo_file=logo))
    assert preview["Content-Type"] == "application/pdf"
    page = PdfReader(BytesIO(preview.content)).pages[0]
    assert len(page.images) == 1
    assert not ReportLook.objects.exists()

    logo.seek(0)
    saved = admin_client.post(reverse(ADD), posted(accent="#7A1F1F", logo_file=logo))
    assert saved.status_code == 302
    assert admin_client.get(reverse(ADD)).status_code == 403  # there is one
    [row] = ReportLook.objects.all()
    assert row.accent == "#7a1f1f"
    assert bytes(row.logo).startswith(b"\x89PNG")

    admin_client.post(reverse(CHANGE, args=[1]), posted(footer="Internal"))  # the logo stays
    row.refresh_from_db()
    assert bytes(row.logo)
    admin_client.post(reverse(CHANGE, args=[1]), posted(without_logo="on"))
    row.refresh_from_db()
    assert not bytes(row.logo)


WRONG = {
    "a pale colour": ({"accent": "#ffcc00"}, "cannot be read"),
    "no colour": ({"accent": "blue"}, "six digits"),
    "style in a colour": ({"accent": "#1c2b52;}"}, "at most 7 characters"),
    "two lines": ({"footer": "one\ntwo"}, "one line"),
    "a long footer": ({"footer": "x" * 10_000}, "at most 120 characters"),
    "a long name": ({"company": "x" * 81}, "at most 80 characters"),
    "an SVG": ({"logo_file": SimpleUploadedFile("x.png", SVG, "image/png")}, "no PNG and no JPEG"),
}


@pytest.mark.parametrize(("changes", "sentence"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("view", ["save", "preview"])
def test_what_is_wrong_is_said_and_nothing_is_kept(
    admin_client: Client, view: str, changes: dict[str, Any], sentence: str
) -> None:
    if file := changes.get("logo_file"):
        file.seek(0)
    url = reverse(PREVIEW if view == "preview" else ADD)
    answer = admin_client.post(url, posted(**changes))
    assert sentence in answer.content.decode()
    assert not ReportLook.objects.exists()


def test_only_who_may_choose_it_sees_or_previews_it(client: Client, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_user("viewer", is_staff=True))
    ReportLook.objects.create(pk=1)
    assert client.get(reverse(CHANGE, args=[1])).status_code == 403
    assert client.post(reverse(PREVIEW), posted()).status_code == 403
    assert client.get(reverse("admin:backoffice_reportlook_changelist")).status_code == 403
