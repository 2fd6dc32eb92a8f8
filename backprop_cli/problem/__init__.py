"""A problem as it was set."""
