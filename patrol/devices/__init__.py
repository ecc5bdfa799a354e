"""Phones and terminals, enrolled."""
