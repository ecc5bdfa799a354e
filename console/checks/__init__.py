"""The officer's spot checks, and what waits for an officer's word."""
