"""What stands against a run that is due, what is held back for later, and what people run besides.

causes     why a run was skipped or held back       windows    when a quiet period is on
around     pauses and quiet periods of a batch      going      what of a schedule or its group still runs
held       what was held back is let go             pausing    pausing, resuming, switching off
by_hand    run now, with other arguments too        filling    past times that get their job after all
words      all of it, in sentences
"""
