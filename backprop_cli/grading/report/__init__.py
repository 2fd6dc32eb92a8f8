"""What is said about graded answers."""
