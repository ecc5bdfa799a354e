"""Case numbers before a look."""
