"""Dates as this product writes them where Django's own formats would be of another country."""
