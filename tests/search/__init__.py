"""Search by contents: what is found, when, by whom, and what is said of the rest."""
