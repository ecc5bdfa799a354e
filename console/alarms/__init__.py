"""The alarm budget, what another rule would have spared, why alarms were false."""
