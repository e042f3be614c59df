"""Which days are worked: by country, and by a house's own days off and on. Pure functions.

working_days   the days, and the nearest to a day off    public_holidays   a country's, by the library
own_days       days off and on as lines of text          ics               days off out of an ICS file
rows           a calendar's row as its working days      causes            what cannot be read of it
"""
