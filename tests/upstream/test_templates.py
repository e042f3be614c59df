"""The templates that we copied and changed, extend or include: their originals are those that we know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from django.forms.renderers import get_default_renderer
from django.template import Origin, Template, engines
from django.template.loader_tags import BlockNode, ExtendsNode

from tests.servers import ROOT
from tests.upstream.leaning import PRODUCT
from tests.upstream.tables.templates import COPIES, MARKUP, Copy, original_of

pytestmark = pytest.mark.once


ENGINE = engines["django"].engine
OURS = sorted(path for package in PRODUCT for path in (ROOT / package / "templates").rglob("*.*"))

USED = re.compile(r'{% (?:include|extends|component) "(?P<name>[^"]+)"')


def name_of(path: Path) -> str:
    """As a template is asked for."""
    return str(path).partition("/templates/")[2]


@pytest.mark.parametrize("copy", COPIES, ids=lambda copy: copy.ours)
def test_the_original_of_a_copy_is_as_it_was(copy: Copy) -> None:
    assert (ROOT / copy.ours).exists(), f"{copy.ours} is gone: its line in the table is to go too."
    digest = sha256(copy.path.read_bytes()).hexdigest()
    assert digest == copy.digest, (
        f"{copy.package} changed {copy.original}: compare {copy.path} with {copy.ours}, made after it. "
        f"Take over what is new, look at the page, then write the new digest into the table: {digest}"
    )


def test_each_template_in_the_place_of_a_librarys_is_watched_or_extends_it() -> None:
    watched = {copy.ours for copy in COPIES}
    unknown = [
        ours
        for path in OURS
        if (ours := str(path.relative_to(ROOT))) not in watched and is_elsewhere(path)
        if f'{{% extends "{name_of(path)}" %}}' not in path.read_text(encoding="utf-8")
    ]
    assert not unknown, f"Write these down in tables/templates.py, with their originals: {unknown}"


def is_elsewhere(path: Path) -> bool:
    """Whether a library has a template of this name as well."""
    [cached] = ENGINE.template_loaders
    namesakes = (
        Path(origin.name)
        for loader in cached.loaders
        for origin in loader.get_template_sources(name_of(path))
    )
    return any(namesake.exists() and namesake not in OURS for namesake in namesakes)


@pytest.mark.parametrize(
    "name", sorted({name for path in OURS for name in USED.findall(path.read_text("utf-8"))})
)
def test_what_we_include_or_extend_is_there(name: str) -> None:
    known = get_default_renderer() if name.startswith("django/forms/") else engines["django"]
    assert known.get_template(name)


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_block_that_we_fill_is_one_of_the_template_that_we_extend(path: Path) -> None:
    """Django leaves out in silence what fills a block that is not there."""
    template, origin = ENGINE.find_template(name_of(path))
    while str(origin) != str(path):  # ours stands behind a namesake
        template, origin = ENGINE.find_template(name_of(path), skip=[origin])
    filled = {node.name for node in _top(template) if isinstance(node, BlockNode)}
    if _extends(template):
        assert filled <= set(_blocks_above(template, [origin]))


def _top(template: Template) -> Iterator[object]:
    for node in template.nodelist:
        yield from node.nodelist if isinstance(node, ExtendsNode) else []


def _extends(template: Template) -> ExtendsNode | None:
    """Where it names what it extends."""
    found = (node for node in template.nodelist if isinstance(node, ExtendsNode))
    return next((node for node in found if isinstance(node.parent_name.var, str)), None)


def _blocks_above(template: Template, seen: list[Origin]) -> Iterator[str]:
    while node := _extends(template):
        template, origin = ENGINE.find_template(node.parent_name.var, skip=seen)
        seen.append(origin)
        yield from (block.name for block in template.nodelist.get_nodes_by_type(BlockNode))


@pytest.mark.parametrize(("template", "text"), MARKUP)
def test_what_our_scripts_look_for_stands_in_the_markup(template: str, text: str) -> None:
    assert text in original_of("unfold", template).read_text(encoding="utf-8")
