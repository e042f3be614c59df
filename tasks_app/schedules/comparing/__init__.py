"""What a change of a schedule would do, before it is saved. Pure functions of two rhythms and a time.

day_bits    the runs of a span as bits, one a second   collisions  what else its queue does at its times
timetables  the bits of each kind of rhythm            sharing     other schedules with the same timing
comparison  runs added, lost, moved, day by day
"""
