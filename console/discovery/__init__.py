"""Cameras that answer in the network, and drafts made of them."""
