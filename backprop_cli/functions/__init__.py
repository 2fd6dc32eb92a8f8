"""The functions a network may use: activations and losses."""
