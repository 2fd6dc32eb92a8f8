"""Files in and out: problem files, and where in them an error is."""
