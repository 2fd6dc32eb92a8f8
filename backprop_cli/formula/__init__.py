"""The formula: a small tree in index notation, and what is done to it."""
