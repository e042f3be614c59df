"""Beside Django's ORM: statements that PostgreSQL plans once, indexes made while people work."""
