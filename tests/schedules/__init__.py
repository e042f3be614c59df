"""What came of schedules: promises, troubles, owners, strips, timelines and feeds."""
