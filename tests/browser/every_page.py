"""The addresses of every page there is, and what is wrong with one as it stands in a browser."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Error, Page, TimeoutError, ViewportSize

from tests.pages.role_matrix import MATRIX, ROLES
from tests.pages.test_roles import address, places

SUPERUSER, ANONYMOUS = ROLES.index("superuser"), ROLES.index("anonymous")
# These end the visit, or are no pages for a person's eyes.
NOT_VISITED = {
    "admin:logout",
    "set_language",
    "admin:jsi18n",
    "palette",
    "schedule_feed",
    "admin:django_celery_beat_periodictask_slot",  # leads to another page
}
# Emails, for the frames that show them: no script runs there, so nothing can be asked of them.
EMAILS = {"admin:backoffice_message_html", "admin:backoffice_mailing_letter"}
# Parts of a page, fetched by the page that shows them.
PARTS = {
    "admin:backoffice_mailing_live",
    "admin:dashboard_live",
    "admin:django_celery_beat_periodictask_preview",
    "admin:django_celery_beat_periodictask_preview_of",
    "admin:launch_choices",
    "admin:queues_live",
    "admin:search",
    "admin:tasks_app_batch_live",
    "admin:tasks_app_job_live",
    "admin:tasks_app_job_suggest",
}
WATCH_POLICY = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => window.refused.push(
    `${event.effectiveDirective} refused ${event.blockedURI} ${event.sample}`));
"""
PHONE = ViewportSize(width=390, height=844)  # pixels
DESK = ViewportSize(width=1440, height=900)
TOO_WIDE = "document.scrollingElement.scrollWidth - innerWidth"
SETTLED = (
    5_000  # milliseconds until a window's new size has reached everything; only a page too wide takes them
)
# Only what keeps somebody out: axe's lesser impacts are advice.
BLOCKING = ("serious", "critical")
# The same elements in dark are other colours, nothing else.
COLOUR_RULES = ("color-contrast", "link-in-text-block")
# Rows that are made alike, element by element, in the same colours: of a list of a hundred axe looks at the
# first of each kind. Texts and addresses may differ, but not whether there are any.
ALIKE = """(() => {
    const told = ["class", "style", "role", "type", "hidden", "disabled", "aria-hidden"];
    const made = (node) => [
        node.tagName,
        ...[...node.attributes].map(({name, value}) => (told.includes(name) ? `${name}=${value}` : name)),
        ...[...node.childNodes].map((one) => (
            one.nodeType === Node.ELEMENT_NODE ? made(one) : one.textContent.trim() ? "text" : ""
        )),
    ].join();
    const known = new Set();
    return [...document.querySelectorAll("tbody tr")].filter((row) => {
        const kind = [row.rowIndex % 2, getComputedStyle(row).backgroundColor, made(row)].join();
        return known.has(kind) || !known.add(kind);
    });
})()"""
# What stands around the content, sidebar and header, and stood just so in the same place on a page that was
# looked at in this visit: the same words in the same elements, inside and below the same ones, with the same
# style sheets, in the same width and colours, by the same rules. Whatever is wrong with it was told there.
STANDING = """(asked) => {
    const content = document.querySelector("#content");
    if (!content) return [];
    const tag = (node) => node.cloneNode().outerHTML;
    const sheets = [...document.styleSheets].map((one) => one.href ?? one.ownerNode?.textContent);
    const around = [asked, innerWidth, ...sheets, tag(document.documentElement)].join();
    const digest = (text) => {
        let [high, low] = [5381, 52711];
        for (let at = 0; at < text.length; at++) {
            high = Math.imul(high, 33) ^ text.charCodeAt(at);
            low = Math.imul(low, 31) ^ text.charCodeAt(at);
        }
        return `${(high >>> 0).toString(36)}.${(low >>> 0).toString(36)}`;
    };
    const known = new Set(JSON.parse(sessionStorage.getItem("looked at") ?? "[]"));
    const [seen, standing] = [[], []];
    const look = (node, above, place) => {
        if (node === content) return;
        if (!node.contains(content)) {
            const key = digest([above, place, node.outerHTML].join());
            if (known.has(key)) return standing.push(node);
            seen.push(key);
        }
        const inside = digest([above, place, tag(node)].join());
        [...node.children].forEach((one, at) => look(one, inside, at));
    };
    look(document.body, digest(around), 0);
    sessionStorage.setItem("looked at", JSON.stringify([...known, ...seen]));
    return standing;
}"""
# Emails in frames are their authors' own, and run no script. Rules whose own impact is a lesser one are not
# asked: whatever they found would be left out.
RUN_AXE = """({rules, blocking}) => axe.run({include: document, exclude: [...ALIKE, ...(STANDING)(rules)]}, {
    iframes: false, resultTypes: ["violations"], ...(rules ? {runOnly: {type: "rule", values: rules}} : {}),
    rules: Object.fromEntries(axe._audit.rules.flatMap(({id, impact}) => (
        impact && !blocking.includes(impact) ? [[id, {enabled: false}]] : []
    ))),
}).then(({violations}) => violations.map(({id, impact, help, nodes}) => ({
    id, impact, help, nodes: nodes.map(({html, target, any}) => (
        {html: html.slice(0, 300), target: target.join(" "), why: any.map((one) => one.message).join("; ")}
    )),
})))""".replace("ALIKE", ALIKE).replace("STANDING", STANDING)


def every_page(things: dict[str, Any], role: int = SUPERUSER) -> Iterator[str]:
    """The address of each page that this role may open, with something on it."""
    for place in places():
        if place.key in NOT_VISITED | EMAILS | PARTS or MATRIX[place.key][0][role] != "O":
            continue
        yield address(place, things)


def pages_named(names: Container[str], things: dict[str, Any]) -> Iterator[str]:
    """The addresses of these pages, with something on them."""
    return (address(place, things) for place in places() if place.key in names)


def visit(page: Page, url: str) -> bool:
    """Open it and wait until its scripts have run; False where it is a file, to be saved or shown."""
    try:
        page.goto(url, wait_until="load")
    except Error as error:
        if "Download is starting" in error.message or "ERR_ABORTED" in error.message:
            return False
        raise
    if page.evaluate("document.contentType") != "text/html":
        return False
    page.wait_for_function("!document.querySelector('html[x-cloak]')")
    return True


def refused(page: Page) -> list[str]:
    """What the content security policy refused on this page (it needs WATCH_POLICY as an init script)."""
    return list(page.evaluate("window.refused ?? []"))


@cache
def axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text()


def barriers(page: Page, *rules: str) -> list[str]:
    """What axe-core finds that keeps somebody out of the page as it is shown now; by these rules, if any."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe())
    return [
        f"{found['id']}, {found['impact']}: {node['target']}: {node['html']} ({found['help']} {node['why']})"
        for found in page.evaluate(RUN_AXE, {"rules": list(rules) or None, "blocking": BLOCKING})
        if found["impact"] in BLOCKING
        for node in found["nodes"]
    ]


def turn_dark(page: Page, dark: bool = True) -> None:
    """Switch the colours without a reload, and have them settled."""
    page.evaluate(
        """async (dark) => {
            const still = new CSSStyleSheet();
            still.replaceSync("*, ::before, ::after { transition: none !important }");
            document.adoptedStyleSheets.push(still);
            document.documentElement.classList.toggle("dark", dark);
            document.documentElement.offsetWidth;
            document.adoptedStyleSheets.pop();
            const moving = () => document.getAnimations().filter((one) => one instanceof CSSTransition);
            for (let some; (some = moving()).length; await new Promise(requestAnimationFrame))
                some.forEach((one) => one.finish());
        }""",
        dark,
    )


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the window, once it has settled in it; 0 where it fits."""
    try:
        page.wait_for_function(f"{TOO_WIDE} <= 0", timeout=SETTLED)
    except TimeoutError:
        return int(page.evaluate(TOO_WIDE))
    return 0


def faults(page: Page) -> list[str]:
    """What is wrong with the page that is shown, in sentences."""
    found = [f"the policy refused: {sentence}" for sentence in refused(page)]
    found += barriers(page)
    turn_dark(page)
    found += [f"in dark: {sentence}" for sentence in barriers(page, *COLOUR_RULES)]
    page.set_viewport_size(PHONE)
    if pixels := sideways(page):
        found.append(f"on a phone it scrolls sideways by {pixels} pixels")
    page.set_viewport_size(DESK)
    return found
