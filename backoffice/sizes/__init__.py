"""How large all of it is, and how fast it grows.

tables      rows and bytes by table, as each database tells       files       how many files, how many bytes
keeping     the hourly measure, one row a day for each            reading     what a page shows of it
"""
