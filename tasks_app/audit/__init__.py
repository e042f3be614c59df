"""The audit log: who did what, in Django's LogEntry, said to each reader in their language.

entries     what an entry's column keeps, and how it is read
changes     what a form changed: field by field, from what to what
reading     the history of one thing, alone and among many
recording   an entry for one thing; one entry for many, which opens to them
requests    the same for what a request does
system      the same for the clock and for commands, which no person signed in for
"""
