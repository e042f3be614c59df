"""The pages outside the admin site: signing in, forgotten passwords, what went wrong."""
