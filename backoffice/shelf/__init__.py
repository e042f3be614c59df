"""The shelf: every report that was made, by what it is about and which days; nothing on it changes.

placing   where a report belongs, and its number there   changes   what a newer issue says otherwise
holding   legal holds; removal, which they refuse        causes    what is said of either
"""
