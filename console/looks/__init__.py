"""Looks at people and footage: registered before the first byte, and those at guards live."""
