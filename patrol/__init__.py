"""Fixes in; trails, point calls and scores out."""
