"""Audiences: to whom something may be written, as of now.

subjects      what a condition may ask of a recipient   conditions    a condition, asked of the database
people        the people of an audience, counted        fields        what leaves with a field of our own
uploading     a file of people becomes an audience      lookalikes    addresses that may be one person's
file_lines    what becomes of each line of it           choosing      recipients chosen one by one
erasing       a person goes, counts stay
"""
