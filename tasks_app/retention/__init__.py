"""What is forgotten in time: prunables says what, prune does it in batches."""
