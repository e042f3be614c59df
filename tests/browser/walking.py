"""What a person does and sees on any page, and what came of it outside the browser."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pdfplumber
from django.conf import settings
from playwright.sync_api import Locator, Page, expect

from backoffice.demo import ACCOUNTS
from tests.servers import wait_until

PATIENCE = 30_000  # milliseconds: a job's end is awaited on machines that do ten other things
TABS = 60  # more than any page has before its form's buttons
# The lines of its text, its labels', its aria-label and its title.
NAMES_OF_FOCUSED = """() => {
    const focused = document.activeElement;
    if (focused === document.body) return []; // between the last and the first
    const labels = [...(focused.labels ?? [])].map((label) => label.innerText);
    const lines = [focused.innerText, focused.ariaLabel, focused.title, ...labels].join("\\n").split("\\n");
    return lines.map((line) => line.trim());
}"""
expect.set_options(timeout=PATIENCE)


def title_of(page: Page) -> Locator:
    """Its first heading: Unfold's dialogs have one each, which a page has too until its styles are there."""
    return page.get_by_role("heading", level=1).first


def sign_in(page: Page, who: str) -> None:
    account = next(one for one in ACCOUNTS if one.username.startswith(f"{who}@"))
    page.get_by_label("Username").fill(account.username)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Log in").click()
    expect(title_of(page)).to_contain_text("Dashboard")


def sidebar(page: Page) -> Locator:
    return page.get_by_role("navigation").filter(has=page.get_by_role("link", name="Home"))


def go(page: Page, title: str) -> None:
    """Choose a page in the sidebar."""
    sidebar(page).get_by_role("link", name=title).click()
    expect(title_of(page)).to_contain_text(title)


def choose(page: Page, label: str, text: str) -> None:
    """Choose the option of a select whose text contains this."""
    field = page.get_by_role("combobox", name=label, exact=True)
    option = field.get_by_role("option").filter(has_text=text)
    field.select_option(value=option.get_attribute("value"))


def confirm(page: Page, action: str) -> None:
    """Press a button that asks first, and say yes in its dialog."""
    page.get_by_role("button", name=action, exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=action).click()


def rows(page: Page) -> Locator:
    """The lines of a list, without its head."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader"))


def search(page: Page, words: str) -> None:
    box = page.locator("#searchbar")
    box.fill(words)
    with page.expect_navigation():
        box.press("Enter")


def expect_state(page: Page, word: str) -> None:
    """The job of this page says so by itself, sooner or later."""
    heading = page.get_by_role("heading", level=2).locator("..")
    expect(heading.get_by_text(re.compile(rf"\b{word}\s*$"))).to_be_visible()


def mark(page: Page) -> None:
    """Leave a sign in the page that a reload would lose."""
    page.evaluate("window.neverReloaded = true")


def is_marked(page: Page) -> bool:
    return bool(page.evaluate("window.neverReloaded === true"))


def tab_to(page: Page, name: str | re.Pattern[str]) -> None:
    """Press Tab until the link, button or field of this name has the focus."""
    for _ in range(TABS):
        page.keyboard.press("Tab")
        names = page.evaluate(NAMES_OF_FOCUSED)
        if name in names if isinstance(name, str) else any(map(name.search, names)):
            return
    raise AssertionError(f"{TABS} times Tab did not lead to {name!r} on {page.url}")


def download(page: Page) -> bytes:
    """Press Download; the file that the browser saved."""
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    return Path(started.value.path()).read_bytes()


def text_of(pdf: bytes) -> str:
    """What stands on the pages of a PDF."""
    assert pdf.startswith(b"%PDF-")
    with pdfplumber.open(BytesIO(pdf)) as document:
        return "\n".join(page.extract_text() for page in document.pages)


def mails_to(address: str) -> list[EmailMessage]:
    """What lies in the outbox for this address."""
    mails = []
    for path in Path(settings.OUTBOX_DIR).glob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        if address in str(mail["To"]):
            mails.append(mail)
    return mails


def await_mail(address: str) -> EmailMessage:
    """The one mail to this address, as soon as it lies in the outbox."""
    wait_until(lambda: mails_to(address), what=f"a mail to {address} in the outbox")
    [mail] = mails_to(address)
    return mail
