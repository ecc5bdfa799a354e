"""The roster, templates, shifts, leave and swaps, the month."""
