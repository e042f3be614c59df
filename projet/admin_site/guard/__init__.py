"""One guard for every list of the admin, ours and of libraries: the site puts it before each ModelAdmin.

lookups      what a list may be asked for: its filters' own parameters, and nothing else
parameters   what of an address means nothing to a list, and is left out
paging       lists counted up to a bound
pages        the ModelAdmin and the ChangeList that hold to both
"""
