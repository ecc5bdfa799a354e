"""Who should be on duty, who is, and what became of it."""
