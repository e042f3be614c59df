"""Unfold's widgets of which a form has many, written by hand: a template an option takes ten times as long.

They are what Unfold's templates make of them, but for blanks (tests/pages/test_drawn_widgets.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString
from unfold import widgets as unfold

ARROW = (
    '<span class="material-symbols-outlined absolute group-[.primary]:text-white pointer-events-none '
    "mr-[12px] right-0 text-base-400 top-0 top-1/2 hover:text-base-700 dark:text-base-500 "
    'dark:hover:text-base-200 -translate-y-1/2">expand_more</span>'
)

OPTION = '<option value="{}"{}>{}</option>'


class DrawnTextInput(unfold.UnfoldAdminTextInputWidget):
    """One without prefix and suffix; others are Unfold's own."""

    def _render(self, template_name: str, context: Any, renderer: Any = None) -> SafeString:
        widget = context["widget"]
        if any(widget.get(name) for name in ("prefix", "prefix_icon", "suffix", "suffix_icon")):
            return super()._render(template_name, context, renderer)  # type: ignore[no-any-return,misc]
        value = "" if widget["value"] is None else f' value="{escape(str(widget["value"]))}"'
        name, kind = escape(widget["name"]), widget["type"]
        drawn = f'<input type="{kind}" name="{name}"{value}{attributes(widget["attrs"])}>'
        return SafeString(f'<div class="max-w-2xl relative w-full">{drawn}</div>')


class DrawnSelect(unfold.UnfoldAdminSelectWidget):
    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """None: a dictionary for each of hundreds of options is what takes long."""
        return []

    def _render(self, template_name: str, context: Any, renderer: Any = None) -> SafeString:
        widget = context["widget"]
        options = "".join(_options(self.choices, iter(widget["value"])))
        drawn = f'<select name="{escape(widget["name"])}"{attributes(widget["attrs"])}>{options}</select>'
        return SafeString(f'<div class="grow relative max-w-2xl">{drawn}{ARROW}</div>')


def attributes(given: Mapping[str, Any]) -> str:
    """As Django's attrs.html writes them: True is a name alone, False is none."""
    return "".join(
        [
            f" {name}" if value is True else f' {name}="{escape(str(value))}"'
            for name, value in given.items()
            if value is not False
        ]
    )


def _options(choices: Iterable[Any], chosen: Iterator[str]) -> Iterator[str]:
    """The first that is the chosen one is selected; it is looked for no further then."""
    wanted = next(chosen, None)
    for value, label in choices:
        if isinstance(label, list | tuple):
            within = [str(one) for one, _label in label]
            yield f'<optgroup label="{escape(value)}">{"".join(_options(label, _again(wanted)))}</optgroup>'
            wanted = None if wanted in within else wanted
            continue
        text = "" if value is None else str(value)
        is_chosen, wanted = (text == wanted, None if text == wanted else wanted)
        yield OPTION.format(escape(text), " selected" if is_chosen else "", escape(label))


def _again(wanted: str | None) -> Iterator[str]:
    return iter([] if wanted is None else [wanted])
