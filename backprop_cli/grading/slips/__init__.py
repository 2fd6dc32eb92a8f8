"""What went wrong: the edits of a formula that explain an answer."""
