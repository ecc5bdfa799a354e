"""Pictures and clips that leave the house: marked, blurred, registered."""
