"""Who sits at a desk, and which alert each has."""
