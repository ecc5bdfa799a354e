"""A shift's score as people read it."""
