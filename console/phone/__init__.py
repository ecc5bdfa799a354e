"""The guard's own page."""
