"""`make containers`: the images built and the compose file's county run for real, each kind of container killed, all counted."""
