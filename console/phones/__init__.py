"""Guards' bound phones."""
