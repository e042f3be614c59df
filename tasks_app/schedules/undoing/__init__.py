"""An earlier version put back, and what was decided wrongly meanwhile made up for.

putting_back  a version of a schedule, or a deleted schedule, is put back
meanwhile     what a wrong version did to the times between
making_up     jobs for those times, one a slot and attempt
"""
