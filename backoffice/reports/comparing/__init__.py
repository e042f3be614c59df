"""A period beside the one before it and the same one a year earlier, where both are on record.

earlier.py   which days those are
changes.py   one figure then and now: by how much, by what per cent, and whether that is good
noticing.py  the three that changed most, in a sentence
table.py     the sections of a report: the sentence, and a table of figures for each period compared with
"""
