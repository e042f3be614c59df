"""Log lines: context says which job one is about, masking takes secrets out."""
