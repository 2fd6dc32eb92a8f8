"""The plan: the named steps of a problem, forward and backward."""
