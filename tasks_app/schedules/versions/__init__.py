"""Every change of a schedule is a version: what it was, who made it, and why.

definition  a schedule as plain values, whole       recording  a version where something changed
unsaved     rows made of a definition, not saved    deleted    schedules that are gone
wording     what differs between two, in words
"""
