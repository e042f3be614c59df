"""Wanting no more emails of one kind: a link that needs no sign-in, and what it stops.

links    signed links, and what one leads to    purposes   what may be opted out of: each registers itself
bounds   how often one link may be asked        causes     what is said where a link cannot be used

Whoever sends such emails registers a purpose, and writes `headers_for` into each message (RFC 2369 and
RFC 8058). The page is projet/views/opting_out.py.
"""
