"""The numbers: a plan worked out."""
