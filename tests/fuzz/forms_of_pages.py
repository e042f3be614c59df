"""The forms that a page holds, with what they would send as it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

TEXTS = frozenset({"textarea", "title", "option"})


@dataclass
class Form:
    action: str = ""
    method: str = "get"
    data: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def add(self, name: str, value: str) -> None:
        self.data.setdefault(name, []).append(value)


class Reader(HTMLParser):
    """Inputs count for the form around them, as browsers see it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = self._area = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            address = given.get("action") or given.get("hx-post") or ""
            self._form = Form(address, given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input":
            self._input(self._form, given)
        elif tag == "button" and given.get("name"):
            self._form.data.setdefault(given["name"], [given.get("value", "")])
        elif tag == "select":
            self._select = given.get("name", "")
            self._form.data.setdefault(self._select, [])
        elif tag == "option" and self._select:
            chosen = self._form.data[self._select]
            if "selected" in given or not chosen:
                chosen[:] = [given.get("value", "")]
        elif tag == "textarea":
            self._area, self._text = given.get("name", ""), ""

    def _input(self, form: Form, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if not name:
            return
        if kind == "file":
            form.files.append(name)
        elif kind in ("checkbox", "radio"):
            if "checked" in given or not form.data.get(name):  # ticked, so that there is something to do
                form.add(name, given.get("value", "on"))
        else:
            form.add(name, given.get("value", ""))

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._form is not None and self._area:
            self._form.add(self._area, self._text.removeprefix("\n"))
            self._area = ""


def forms_of(page: str) -> list[Form]:
    reader = Reader()
    reader.feed(page)
    return reader.forms
