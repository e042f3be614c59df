"""A file of schedules as a tree whose parts know their lines. No value of it is ever more than plain data.

Read in two passes of the C parser: the first refuses what could grow (aliases) or dig (depth), before
anything is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as _

from tasks_app.errors import CodedError
from tasks_app.notices import TECHNICAL, VALUE, Notice, declare

LARGEST = 5_000_000  # bytes
DEEPEST = 12
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

TOO_LARGE = declare(
    "schedules_file.too_large",
    _("A file of schedules has %(most)s MB at most: export them in parts."),
    general=_("The file is too large."),
    most=TECHNICAL,
)
NOT_UTF_8 = declare("schedules_file.not_utf_8", _("The file is not UTF-8 text: save it as UTF-8."))
NOT_YAML = declare(
    "schedules_file.not_yaml",
    _("This is not YAML: %(problem)s."),
    general=_("This is not YAML."),
    problem=TECHNICAL,
)
NO_ALIASES = declare(
    "schedules_file.alias",
    _("References (“&” and “*”) are not taken: write out what they stand for."),
)
TOO_DEEP = declare("schedules_file.too_deep", _("It is nested too deeply for a file of schedules."))
NO_MAPPING = declare(
    "schedules_file.no_mapping",
    _("Names with values are expected here: “name: value”, one a line."),
)
NO_LIST = declare("schedules_file.no_list", _("A list is expected here: entries that begin with “- ”."))
NO_TEXT = declare(
    "schedules_file.no_text", _("One value is expected here, no list and no names with values.")
)
TWICE = declare(
    "schedules_file.twice",
    _("“%(name)s” stands here twice: keep one of them."),
    general=_("A name stands there twice."),
    name=VALUE,
)
MISSING = declare(
    "schedules_file.missing",
    _("“%(name)s” is missing here."),
    general=_("A name is missing."),
    name=TECHNICAL,
)
NOT_KNOWN = declare(
    "schedules_file.not_known",
    _("“%(name)s” is not known here. Known are: %(known)s."),
    general=_("A name is not known."),
    name=VALUE,
    known=TECHNICAL,
)


class Refused(CodedError, ValueError):
    """Something of the file, with its line."""

    def __init__(self, notice: Notice, line: int) -> None:
        super().__init__(notice)
        self.line = line


@dataclass(frozen=True)
class Node:
    """A part of the file."""

    node: Any  # yaml's own

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    def mapping(self) -> dict[str, Node]:
        """Its values by their names; raises Refused."""
        if not isinstance(self.node, yaml.MappingNode):
            raise Refused(NO_MAPPING(), self.line)
        found: dict[str, Node] = {}
        for key, value in self.node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if not name:
                raise Refused(NO_MAPPING(), int(key.start_mark.line) + 1)
            if name in found:
                raise Refused(TWICE(name=name[:80]), int(key.start_mark.line) + 1)
            found[name] = Node(value)
        return found

    def items(self) -> list[Node]:
        """Raises Refused."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise Refused(NO_LIST(), self.line)
        return [Node(one) for one in self.node.value]

    @property
    def is_scalar(self) -> bool:
        return isinstance(self.node, yaml.ScalarNode)

    @property
    def text(self) -> str | bool | None:
        """As it is written, so that 18:00 stays a time and NO a country; only null and booleans are read."""
        if self.node.tag == "tag:yaml.org,2002:null":
            return None
        if self.node.tag == "tag:yaml.org,2002:bool":
            return bool(self.value())
        return str(self.node.value)

    def value(self) -> Any:
        """As plain data; raises Refused."""
        try:
            return yaml.constructor.SafeConstructor().construct_document(self.node)
        except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
            raise Refused(NOT_YAML(problem=_problem(error)), self.line) from error


def read(data: bytes) -> Node:
    """The whole file; raises Refused."""
    if len(data) > LARGEST:
        raise Refused(TOO_LARGE(most=LARGEST // 1_000_000), 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(NOT_UTF_8(), data[: error.start].count(b"\n") + 1) from error
    try:
        _check(text)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        line = _within(text, getattr(error, "problem_mark", None))
        # libyaml reads ahead of its events, up to a depth of its own.
        if "maximum nesting depth" in _problem(error):
            raise Refused(TOO_DEEP(), line) from error
        raise Refused(NOT_YAML(problem=_problem(error)), line) from error
    if node is None:
        raise Refused(NO_MAPPING(), 1)
    return Node(node)


def _check(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Refused(NO_ALIASES(), _line(event))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise Refused(TOO_DEEP(), _line(event))


def _within(text: str, mark: Any) -> int:
    """Of what stops short, the last line there is."""
    return min(int(mark.line), text.rstrip("\n").count("\n")) + 1 if mark else 1


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _problem(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error).splitlines()[0][:200]
