"""Cameras and zones, their calendars, addresses, video and state; when they were blind."""
