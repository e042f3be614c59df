"""Whether schedules do what they should, for lists, pages and whoever is told.

strips      the last slots of some schedules, by one statement
causes      what can be wrong with a schedule
troubles    what is wrong with which schedule now; from when, until when
last_night  what did not run within some hours, and why
why_off     since when a schedule is off, and by whom
"""
