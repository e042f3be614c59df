"""Jobs, and whatever the domain adds, found by a part of what they say: see docs/decisions/0024.

things       what is found: rows of a table that grows, and the texts of each
arguments    those of jobs that are found by their whole value
filling      the table of their texts, filled behind by the clock
sweeping     what the table has, compared with what there is, from now backwards, again and again
finding      the rows that have all the words of a search
query        what is typed into a search box: words and qualifiers
saying       what a search did not look through, in a sentence beside it
"""
