"""Frames in, alerts out: a library that knows no camera and no Redis."""
