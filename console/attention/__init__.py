"""What calls people to waiting alerts: escalations and who took them, mutes, the second seat, and the record of what rang."""
