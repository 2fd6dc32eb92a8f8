"""Grading: how an answer is judged."""
