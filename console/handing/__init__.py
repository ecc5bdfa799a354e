"""Desk hand-over (交班) and what was promised (承诺): what one operator leaves to the next, by name and with a time."""
