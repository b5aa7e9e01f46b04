"""eksgpu."""
