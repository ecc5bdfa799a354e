"""What is measured, the rules, and the ledger of points."""
