"""Log lines: context says which job one is about, masking takes secrets out, lines keeps those that a job
writes, traces is the id of all that followed from one click or call."""
