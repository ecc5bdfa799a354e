"""The web page's files, and whom to tell of a weakness."""
