"""What a person typed, read as a formula."""
