"""Failed jobs grouped by cause: what is counted of them, and what people decided. See docs/decisions/0030.

keys       which failures are one group, and how a group is named in an address
spans      the times that failures are counted in
rows       failed jobs as they are counted
touched    which people and schedules a job touches
noting     a group for each cause, which opens again where a run disproves a repair
counting   the clock's counts, a step at a time
figures    the same for pages: with what the clock has not counted yet
open       how many causes there are to look at
deciding   what people say about a cause
forgetting what the retention takes is counted no more
"""
