"""Answer sheets and class tables."""
