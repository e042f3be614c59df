"""Mailings: one writing to many.

freezing      an audience as it is becomes rows, one a person
"""
