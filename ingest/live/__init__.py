"""Live video for whoever looks on."""
