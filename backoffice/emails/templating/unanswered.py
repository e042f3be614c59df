"""Words without a value that a template writes all the same, and so would say nothing where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from liquid import BoundTemplate, Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.echo_tag import EchoNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.expression import Expression


def unanswered_words(template: BoundTemplate, empty: set[str]) -> Iterator[tuple[str, int]]:
    """Each of these names, with its place, written without `default` and inside nothing that asks for it."""
    return _written(template.nodes, empty)


def _written(nodes: Iterable[Node], empty: set[str]) -> Iterator[tuple[str, int]]:
    for node in nodes:
        if isinstance(node, (OutputNode, EchoNode)):
            yield from _of_output(node.expression, empty)
            continue
        asked = (
            set()
            if isinstance(node, ForNode)
            else {name for one in node.expressions() for name in _named(one)}
        )
        local = {str(name) for name in (*node.template_scope(), *node.block_scope())}
        yield from _written(node.children(None, include_partials=False), empty - asked - local)  # type: ignore[arg-type]  # for partials alone
        empty = empty - {str(name) for name in node.template_scope()}  # from here on it is the template's own


def _of_output(expression: Expression, empty: set[str]) -> Iterator[tuple[str, int]]:
    if not isinstance(expression, FilteredExpression) or not isinstance(expression.left, Path):
        return
    name = str(expression.left.head())
    has_default = any(one.name == "default" for one in expression.filters or [])
    if name in empty and not has_default:
        yield name, expression.token.start_index


def _named(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Path):
        yield str(expression.head())
    for child in expression.children():
        yield from _named(child)
