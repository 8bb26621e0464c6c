"""What every room leans on: files that are complete or not there, text tables, points measured in parallel."""
