"""The guards of the demo: twelve people with phones who walk, answer and help, through the same doors as real ones."""
