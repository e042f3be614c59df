"""Many jobs run again under one decision: a batch, in rows.

beginning   the click: one INSERT … SELECT             sorting     what running each of them again would mean
steps       what its job does next, one transaction    going       launching a page of them
control     start, pause, resume, stop                 canary      one, then ten, then the rest
changing    one argument changed for all               proof       whether the same cause came back
causes      why it stopped or waits                    words       what it was made of, for its readers
pace        how much a step takes on

Its figures, and what came of its jobs, are kept below: ledger/batch_counts.py, ledger/batch_outcomes.py.
"""
