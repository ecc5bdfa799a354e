"""Guards sent to incidents: who could go, who goes, what gets stuck."""
