"""One file a report. A module put here is found by the registry; nothing else need be touched."""
