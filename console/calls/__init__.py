"""Point calls (点调) and draws."""
