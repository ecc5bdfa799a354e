"""What a station says of its alarms: which of them rest on a shelf, on which days zones hold, and why an alarm was false."""
