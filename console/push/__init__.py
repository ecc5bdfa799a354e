"""Live push: one hub, a stream for every open page."""
