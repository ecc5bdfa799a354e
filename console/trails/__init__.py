"""A guard's trail, looked at with a purpose."""
