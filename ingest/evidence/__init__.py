"""The last seconds kept, cut into clips, and alerts on their way to the bus."""
