"""The admin site: its frame, look, sidebar and search. Its pages are in each app's admin/."""
