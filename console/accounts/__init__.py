"""Accounts, for the security administrator."""
