"""Alerts off the bus into the record, and the record searched."""
