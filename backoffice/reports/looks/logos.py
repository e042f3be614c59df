"""A file that somebody chose as the logo, as a PNG that is safe to keep and to print.

It is read and written anew: whatever else a file carries (places, programs behind its end) stays out.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import IO

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from PIL import Image, UnidentifiedImageError

MOST_BYTES = 2 * 1024 * 1024  # of the file
MOST_PIXELS = 25_000_000
# Printed 12 mm high: at 300 dots an inch, three times as wide as it needs.
LARGEST = (1200, 400)
KINDS = ("PNG", "JPEG")
JPEG_END = b"\xff\xd9"


def cleaned(file: IO[bytes]) -> bytes:
    """The picture as PNG; raises ValidationError with a sentence that says what to do."""
    given = file.read(MOST_BYTES + 1)
    if len(given) > MOST_BYTES:
        raise ValidationError(
            gettext("The file is too large: a logo may have %(most)s. Save it smaller and choose it again.")
            % {"most": filesizeformat(MOST_BYTES)}
        )
    picture = _opened(given)
    if not _is_whole(given, picture.format):
        raise ValidationError(_damaged())
    return _as_png(picture)


def _opened(given: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(given), formats=KINDS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ValidationError(_too_many_pixels()) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise ValidationError(
            gettext("This is no PNG and no JPEG. Save the logo as one of them and choose it again.")
        ) from None
    if picture.width * picture.height > MOST_PIXELS:
        raise ValidationError(_too_many_pixels())
    return picture


def _as_png(picture: Image.Image) -> bytes:
    try:
        picture.thumbnail(LARGEST)
        printed = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise ValidationError(_damaged()) from None
    file = BytesIO()
    printed.save(file, "PNG", optimize=True)
    return file.getvalue()


def _is_whole(given: bytes, kind: str | None) -> bool:
    """Whether it has its end: WeasyPrint has Pillow read half a picture as if it were whole."""
    if kind == "JPEG":
        return JPEG_END in given
    try:
        Image.open(BytesIO(given), formats=KINDS).verify()
    except (OSError, ValueError, SyntaxError):
        return False
    return True


def _damaged() -> str:
    return gettext("The picture is damaged: it ends too early. Save it anew and choose it again.")


def _too_many_pixels() -> str:
    return gettext(
        "The picture has too many pixels. Save it with at most 4,000 in each direction and choose it again."
    )
