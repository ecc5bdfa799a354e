"""The command room: HTTP API, accounts, incidents, live push."""
