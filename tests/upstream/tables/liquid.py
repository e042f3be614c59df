"""What we lean on in Liquid and in the parser of HTML, and why."""

from __future__ import annotations

from tests.upstream.leaning import HERE, Lean

LEANS = (
    Lean(
        "tinyhtml5.parser:HTMLParser.parse_error",
        "self, errorcode, datavars",
        "After a hundred mistakes nobody reads on.",
        HERE,
    ),
    Lean(
        "liquid.builtin.tags.case_tag:_AnyExpression.evaluate",
        "self, context",
        'A value of `when` counts once, and "1" is 1.',
        HERE,
    ),
    Lean(
        "liquid.builtin.expressions.logical:EqExpression.evaluate",
        "self, context",
        '"1" is 1, and a word without a value is empty.',
        HERE,
    ),
    Lean("liquid.builtin.expressions.logical:NeExpression.evaluate", "self, context", "The same.", HERE),
    Lean(
        "liquid.builtin.expressions.logical:LtExpression.evaluate",
        "self, context",
        "Numbers by their size, days by their time.",
        HERE,
    ),
    Lean("liquid.builtin.expressions.logical:GtExpression.evaluate", "self, context", "The same.", HERE),
    Lean("liquid.builtin.expressions.logical:LeExpression.evaluate", "self, context", "The same.", HERE),
    Lean("liquid.builtin.expressions.logical:GeExpression.evaluate", "self, context", "The same.", HERE),
    Lean(
        "liquid.builtin.expressions.logical:ContainsExpression.evaluate",
        "self, context",
        "What is looked through is paid for.",
        HERE,
    ),
    Lean(
        "liquid.builtin.expressions.primitive:RangeLiteral.evaluate",
        "self, context",
        "Not longer than a loop may be.",
        HERE,
    ),
    Lean(
        "liquid.builtin.expressions.loop:LoopExpression._to_int",
        "self, obj, token",
        "A limit is a number beyond doubt.",
        HERE,
    ),
    Lean(
        "liquid.environment:Environment._parse",
        "self, source",
        "Its tokens know where statements and template end.",
        HERE,
    ),
    Lean(
        "liquid.environment:Environment.error",
        "self, exc, msg, token",
        "What is missing at an end has a place.",
        HERE,
    ),
    Lean("liquid.stream:TokenStream.into_inner", "self, tag, eat", "Where an expression ends.", HERE),
    Lean("liquid.context:RenderContext.assign", "self, key, val", "What is assigned is paid for.", HERE),
    Lean("liquid.context:RenderContext.filter", "self, name, token", "What a filter does is paid for.", HERE),
    Lean(
        "liquid.ast:BlockNode.render_to_output",
        "self, context, buffer",
        "Each turn of a loop is paid for.",
        HERE,
    ),
)
