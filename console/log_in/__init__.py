"""Log-in, who am I, log-out; who is logged in from where."""
