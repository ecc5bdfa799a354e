"""Cameras in, frames and packets out."""
