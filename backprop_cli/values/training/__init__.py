"""Many steps: the plan compiled to plain NumPy, and the loop around it."""
