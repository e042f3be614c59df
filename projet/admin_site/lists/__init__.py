"""Every list of the admin, ours and of libraries: a row of a table on a desk, a card on a phone.

columns      what stands where, and how a cell is read
rows         the table
chips        what the list is narrowed to, in words, each with its way out
addresses    links that keep what the list is narrowed to
tags         for templates: {% load lists %}
"""
