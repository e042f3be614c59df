"""Runs to come and past outcomes as a timeline, and as a calendar reads them.

cells      the hours of some days, on the wall of their reader
arithmetic runs of a rhythm by quarter of an hour, without walking them one by one
coming     all runs to come, by queue and kind
quiet      quiet periods in the same hours
past       what came of the runs of the same hours
runs       runs one by one, for a day as a list
loads      how long a kind of job takes, from those that ended
feed       the runs of the next days as iCalendar
tokens     the addresses of feeds: given, asked, taken back
"""
