"""Spot checks by officers."""
