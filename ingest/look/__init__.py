"""What is decoded and looked at, what the detector is given, and what is wrong with a picture."""
