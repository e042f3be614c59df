"""What a picture is, and how it is taken: one page, as one person sees it in Chromium."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DESK = (1366, 854)  # pixels; Unfold shows its sidebar beyond 1280
PHONE = (390, 844)
COLOURS = 256  # a palette keeps a page under 100 kB and its text sharp


@dataclass(frozen=True)
class Shot:
    """One page as one person sees it; `prepare` is what they do there before the picture."""

    name: str
    who: str
    path: str
    size: tuple[int, int] = DESK
    scheme: str = "light"
    locale: str = "en-GB"
    whole: bool = False  # down to its end, however long
    prepare: Callable[[Page], None] = lambda page: None


def photograph(browser: Browser, address: str, shot: Shot) -> None:
    context = browser.new_context(
        base_url=address,
        viewport={"width": shot.size[0], "height": shot.size[1]},
        device_scale_factor=2 if shot.size == PHONE else 1,
        color_scheme="dark" if shot.scheme == "dark" else "light",
        locale=shot.locale,
        reduced_motion="reduce",
    )
    page = signed_in(context, shot.who)
    page.goto(shot.path, wait_until="networkidle")
    shot.prepare(page)
    if shot.whole:  # a window as tall as the page: the sidebar goes down to its end too
        length = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": shot.size[0], "height": length})
    save(Image.open(BytesIO(page.screenshot(animations="disabled", caret="hide"))), shot.name)
    context.close()


def signed_in(context: BrowserContext, who: str) -> Page:
    """A page in which that demo person has signed in."""
    page = context.new_page()
    page.goto("/admin/login/")
    page.locator(f"button[data-sign-in='{who}@example.org']").click()
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


def save(picture: Image.Image, name: str) -> None:
    path = HERE / f"{name}.png"
    picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {picture.width}x{picture.height}  {path.stat().st_size // 1024} kB")


def chromium() -> str:
    from tests.programs import find_chromium

    found = find_chromium()
    if found is None:
        sys.exit("No Chromium. Debian: apt-get install chromium. macOS: brew install chromium.")
    return str(found)
