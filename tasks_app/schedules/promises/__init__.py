"""Done by a time of the day, as promised: what came of each day, decided once from its slots.

deadlines   by when, on which days: pure functions of the promise
causes      why a day was broken
judging     whether a day was kept, from its last runs
deciding    the clock's pass: one row a day, which outlives the slots
reading     the streak, and a month as a page shows it
"""
