"""The worker of one partition: a batch at a time, what waits, what is past its term."""
