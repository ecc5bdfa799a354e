"""The operator's desk: alerts and incidents as it shows and judges them."""
