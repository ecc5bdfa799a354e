"""Calls for help (SOS) at the station, for the company, and on the guard's page."""
