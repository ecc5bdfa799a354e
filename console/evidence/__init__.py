"""Pictures and clips: shown, kept for their term, held, purged."""
