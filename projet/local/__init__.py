"""Running the whole back office on one machine: `make up` and `make demo`."""
