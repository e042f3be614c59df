"""Liquid as our templates have it: what it may cost, and what it reads and writes with certainty.

environment   tags, filters, parsing, rendering    source       what the lexer would choke on
limits        what one part may cost               conditions   comparisons, ranges
filters       what stands behind a |               numbers, dates   read with certainty or refused
faults        what cannot be done, as a sentence   groups       words that stand under one name
mistakes      what Liquid says, in our sentences   streams      tokens that know where they end
currencies    what an amount is of, kept
"""
