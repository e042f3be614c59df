"""Liquid with our tags, filters and limits: a source becomes a template, a template and words become text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from inspect import Parameter, Signature, signature
from typing import Any

from django.utils.translation import gettext_noop
from liquid import BoundTemplate, Environment, FalsyStrictUndefined, Node, RenderContext, Token
from liquid.ast import BlockNode
from liquid.builtin.expressions import FilteredExpression
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.exceptions import LiquidError, LiquidSyntaxError, UnknownFilterError
from liquid.expression import Expression
from liquid.parser import get_parser

from backoffice.emails.templating import limits
from backoffice.emails.templating.conditions import IN_PLACE_OF, NOTHING
from backoffice.emails.templating.faults import Wrong, quoted
from backoffice.emails.templating.filters import LIQUIDS_OWN, OURS, TAKE_WHAT_COMES, of_text
from backoffice.emails.templating.limits import Meter, TooMuch, extent
from backoffice.emails.templating.source import check_source
from backoffice.emails.templating.streams import Stream, end_of, left_open

TAGS = frozenset(
    {
        "#", "assign", "break", "capture", "case", "comment", "content", "continue", "cycle", "doc", "echo",
        "for", "if", "illegal", "output", "unless",
    }
)  # fmt: skip

TOO_MANY_FILTERS = gettext_noop(
    "this has more than %(limit)s filters. Keep what some of them make, with {%% assign %%}."
)
TOO_DEEP = gettext_noop("this is nested too deeply. Make it several statements, with {%% assign %%}.")
NO_ARGUMENT = gettext_noop("the filter “%(filter)s” has no argument of this name: %(argument)s.")
TOO_MANY_ARGUMENTS = gettext_noop("the filter “%(filter)s” has more values after it than it takes.")
ARGUMENT_MISSING = gettext_noop("the filter “%(filter)s” needs a value after it: write “%(filter)s: …”.")
ARGUMENT_TWICE = gettext_noop("the filter “%(filter)s” is given “%(argument)s” twice.")
GIVEN_BY_US = frozenset({"context", "environment"})  # arguments of filters that no template may give


class Context(RenderContext):
    """Where a template is carried out: whatever it does is paid for."""

    __slots__ = ("meter",)

    def __init__(self, template: Template, **options: Any) -> None:
        super().__init__(template, **options)
        self.meter = Meter()
        self.meter.charge(template.weight)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """The filter of this name, its work paid for."""
        found = self.env.filters.get(name)
        if found is None:
            raise UnknownFilterError(f"unknown filter '{name}'", token=token)
        return partial(_apply, self, found)

    def assign(self, key: str, val: Any) -> None:
        """Adding up what is assigned takes longer with each name."""
        self.meter.charge(1 + len(self.locals), extent(val))
        super().assign(key, val)


def _apply(context: Context, filter_: Callable[..., object], /, *given: object, **named: object) -> object:
    context.meter.charge(1, sum(map(extent, (*given, *named.values()))))
    made = filter_(*given, **named, **_given_by_us(context, filter_))
    if extent(made) > limits.MAX_TEXT:
        raise TooMuch
    context.meter.charge(0, extent(made))
    return made


def _given_by_us(context: Context, filter_: Callable[..., object]) -> dict[str, Any]:
    given: dict[str, Any] = (
        {"environment": context.env} if getattr(filter_, "with_environment", False) else {}
    )
    return given | ({"context": context} if getattr(filter_, "with_context", False) else {})


class Template(BoundTemplate):
    """A parsed part: looked through once, so that each rendering knows what it costs."""

    context_class = Context
    env: Letters

    def __init__(self, env: Environment, nodes: list[Node], **options: Any) -> None:
        super().__init__(env, nodes, **options)
        self.weight = 0
        assigned: set[str] = set()
        for node in _within(nodes):
            self.weight += 1
            for expression in _expressions(node):
                _settle(expression, env)
                self.weight += 1
            assigned.update(node.template_scope())
        # What one branch assigns has no value on the others.
        self.unassigned = dict.fromkeys(assigned, NOTHING)

    def say(self, words: Mapping[str, object]) -> str:
        """The text with these words. Raises LiquidError, or what Python raises of values that do not fit."""
        return self.render({**self.unassigned, **words})


class Letters(Environment):
    block_nesting_limit = limits.MAX_NESTING
    context_depth_limit = limits.MAX_NESTING
    loop_iteration_limit = limits.MAX_LOOP
    local_namespace_limit = limits.MAX_LOCALS
    output_stream_limit = limits.MAX_OUTPUT
    template_class = Template

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(undefined=FalsyStrictUndefined, autoescape=autoescape)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        self.tags["for"] = Loop(self)
        self.filters = {
            name: one if name in TAKE_WHAT_COMES else of_text(one)
            for name, one in self.filters.items()
            if name in LIQUIDS_OWN
        } | OURS

    def _parse(self, source: str) -> list[Node]:
        return get_parser(self).parse(Stream(self.tokenizer()(source)))

    def error(
        self,
        exc: type[LiquidError] | LiquidError,
        msg: str | None = None,
        token: Token | None = None,
    ) -> None:
        """Raises it, with the place of a statement that ends too early."""
        if isinstance(exc, LiquidError) and token and exc.token and exc.token.start_index < 0:
            exc.token = end_of(token)
        super().error(exc, msg, token)


class LoopBody(BlockNode):
    """The inside of a loop: each turn pays for all that stands there."""

    __slots__ = ("weight",)

    def __init__(self, block: BlockNode) -> None:
        super().__init__(block.token, block.nodes)
        self.weight = sum(1 + sum(1 for _one in _expressions(node)) for node in _within(block.nodes))

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        context.meter.charge(self.weight)  # type: ignore[attr-defined]  # a Context of ours
        return super().render_to_output(context, buffer)


class LoopNode(ForNode):
    __slots__ = ()

    def __init__(
        self, token: Token, expression: Any, block: BlockNode, default: BlockNode | None = None
    ) -> None:
        super().__init__(token, expression, LoopBody(block), default)


class Loop(ForTag):
    node_class = LoopNode


PLAIN = Letters(autoescape=False)
HTML = Letters(autoescape=True)


def parse(source: str, *, is_html: bool) -> Template:
    """Raises LiquidError: syntax, an unknown filter, or more than a letter may have."""
    check_source(source)
    try:
        parsed = (HTML if is_html else PLAIN).from_string(source)
    except LiquidSyntaxError as error:
        if opened := left_open(error, source):
            raise opened from error
        raise
    assert isinstance(parsed, Template)  # noqa: S101 - for the type checker
    return parsed


def _within(nodes: Iterable[Node]) -> Iterator[Node]:
    """Each node with those inside it: as deep as blocks may be nested."""
    for node in nodes:
        yield node
        yield from _within(node.children(None, include_partials=False))  # type: ignore[arg-type]  # for partials alone


def _expressions(node: Node) -> Iterator[Expression]:
    """Each expression of a node with those inside it; raises Wrong where they are nested too deeply."""
    waiting = [(one, 1) for one in node.expressions()]
    while waiting:
        expression, depth = waiting.pop()
        if depth > limits.MAX_NESTING:
            raise Wrong(TOO_DEEP, expression.token)
        yield expression
        waiting += [(one, depth + 1) for one in expression.children()]


def _settle(expression: Expression, env: Environment) -> None:
    """Make it ours where Liquid's would change a value; raises where a filter cannot be used so."""
    if isinstance(expression, FilteredExpression):
        filters = expression.filters or []
        if len(filters) > limits.MAX_FILTERS:
            raise Wrong(TOO_MANY_FILTERS, expression.token, limit=limits.MAX_FILTERS)
        for one in filters:
            _check_filter(one, env)
    # Their fields are the same, by their __slots__.
    expression.__class__ = IN_PLACE_OF.get(type(expression), type(expression))


def _check_filter(used: Filter, env: Environment) -> None:
    """On whatever branch it stands."""
    found = env.filters.get(used.name)
    if found is None:
        raise UnknownFilterError(f"unknown filter '{used.name}'", token=used.token)
    named = [str(one.name) for one in used.args if hasattr(one, "name")]
    positional = len(used.args) - len(named)
    takes = _signature(found).parameters
    try:
        _signature(found).bind(
            None, *[None] * positional, **dict.fromkeys([*named, *GIVEN_BY_US.intersection(takes)])
        )
    except TypeError as error:
        raise _misused(used, positional, named, takes) from error
    if strange := GIVEN_BY_US.intersection(named):
        raise Wrong(NO_ARGUMENT, used.token, filter=used.name, argument=min(strange))


def _misused(used: Filter, positional: int, named: list[str], takes: Mapping[str, Parameter]) -> Wrong:
    """Why a filter takes no such arguments; the first of what it takes is the value before it."""
    known = [name for name in takes if name not in GIVEN_BY_US][1:]
    unnamed = [name for name in known if takes[name].kind is not Parameter.KEYWORD_ONLY]
    for name in named:
        if name not in known:
            return Wrong(NO_ARGUMENT, used.token, filter=used.name, argument=quoted(name))
    if positional > len(unnamed):
        return Wrong(TOO_MANY_ARGUMENTS, used.token, filter=used.name)
    for name in named:
        if name in unnamed[:positional]:
            return Wrong(ARGUMENT_TWICE, used.token, filter=used.name, argument=name)
    return Wrong(ARGUMENT_MISSING, used.token, filter=used.name)


@cache
def _signature(filter_: Callable[..., object]) -> Signature:
    return signature(filter_)
