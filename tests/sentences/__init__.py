"""Sentences that reassure, each against what contradicts it."""
