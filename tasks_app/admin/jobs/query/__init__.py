"""The search box of the list of jobs.

qualifiers   kind: state: queue: … what each of them finds
arguments    arg.…:, of what kinds declare
batches      batch:, of a batch's items
finding      the jobs that a search means
suggesting   what may be typed next
saved        searches with a name
"""
