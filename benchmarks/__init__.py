"""Jobs per second of this back office beside plain Celery, on the same machine in the same minutes."""
