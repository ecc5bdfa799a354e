"""Second factors: time-based codes (TOTP, RFC 6238) and recovery codes, how they are set up, used and reset."""
