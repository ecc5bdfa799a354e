"""Changes of many cameras at once, written piece by piece and taken back by their id."""
