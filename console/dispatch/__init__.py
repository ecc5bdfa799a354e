"""Guards called to an incident, and tasks that do not go on."""
