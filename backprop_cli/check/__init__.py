"""Grading answer sheets: verdicts, the slip behind a wrong line, and the report."""
