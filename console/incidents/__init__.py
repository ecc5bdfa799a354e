"""What people make of alerts: judgement, incidents, their places and timeline."""
