"""How late alerts are: made pictures of the workers, followed from their capture to the page."""
