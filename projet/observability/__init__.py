"""What a running installation tells of itself: logs, errors to Sentry, metrics, probes."""
