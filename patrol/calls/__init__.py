"""Point calls and their verdicts."""
