"""The county of the demo: cameras from clips, guards who walk, accounts, the scenario."""
