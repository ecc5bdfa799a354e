"""The address that takes fixes."""
