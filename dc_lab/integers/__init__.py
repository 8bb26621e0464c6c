"""Networks in integers: ranges observed, layers multiplied out in whole numbers, training that knows of rounding."""
