"""Whom audiences find, on pages and off; what a mailing takes down of one."""
