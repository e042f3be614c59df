"""The only way out of a report: files of the project's own `assets` folder, and nothing else."""

from __future__ import annotations

import mimetypes
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from weasyprint import CSS
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

ASSETS = Path(__file__).parent / "assets"
# Relative addresses in templates and CSS are looked up under this.
BASE_URL = "asset:///"
LOGO = "/logo.png"  # the company's, which is no file of ours


class ForbiddenAddress(ValueError):
    """Something in a report asked for an address beyond the project's own assets."""


class OwnAssets(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """`asset:///fonts/x.woff2` is a file of ours; file://, http:// and data: are refused unread.

    WeasyPrint's own fetcher reads any file and any address a text in a report could name. A refusal is
    an ordinary exception: WeasyPrint logs it and goes on without the resource. (Its "fatal" error is a
    BaseException, which would pass the worker's error handling by.)
    """

    def __init__(self, logo: bytes = b"") -> None:
        super().__init__(allowed_protocols=["asset"], allow_redirects=False)
        self._logo = logo

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        parts = urlsplit(url)
        if parts.scheme != "asset" or parts.netloc:
            raise ForbiddenAddress(url)
        if parts.path == LOGO and self._logo:
            return URLFetcherResponse(url, self._logo, {"Content-Type": "image/png"})
        path = (ASSETS / unquote(parts.path).lstrip("/")).resolve()
        if not path.is_relative_to(ASSETS.resolve()) or not path.is_file():
            raise ForbiddenAddress(url)
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


@cache
def stylesheet() -> tuple[CSS, FontConfiguration]:
    """The parsed stylesheet and its fonts: parsing them can cost more than a report, so once a process."""
    fonts = FontConfiguration()
    sheet = CSS(filename=ASSETS / "report.css", base_url=BASE_URL, url_fetcher=OwnAssets(), font_config=fonts)
    return sheet, fonts
