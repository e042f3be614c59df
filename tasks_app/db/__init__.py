"""Beside Django's ORM: prepared statements, indexes made while people work, reading as of one moment."""
