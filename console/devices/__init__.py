"""Phones and terminals that send fixes; dead letters."""
