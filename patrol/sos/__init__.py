"""A guard's call for help (SOS): raised before anything is judged, taken by a person, closed by a person."""
