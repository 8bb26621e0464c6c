"""Weight files that others wrote, and compressing them without training."""
