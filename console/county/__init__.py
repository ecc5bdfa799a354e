"""The county: who and where, its streets, its map, how areas are covered."""
